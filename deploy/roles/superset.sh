# shellcheck shell=bash disable=SC2154
# The dashboards. Sourced by provision.sh.

set_up_superset() {
  place "$etc/superset/environment" 600 root:root "BIND=$publish:8088
SUPERSET_SECRET_KEY=$(quoted "$(secret TIDEMARK_SUPERSET__SECRET_KEY)")
SUPERSET_ADMIN_PASSWORD=$(quoted "$(secret TIDEMARK_SUPERSET__ADMIN_PASSWORD)")
SUPERSET_VIEWER_PASSWORD=$(quoted "$(secret TIDEMARK_SUPERSET__VIEWER_PASSWORD)")
$(choices_of 'SUPERSET__(HTTPS|BEHIND_PROXY)' | sed 's/^ *TIDEMARK_SUPERSET__/SUPERSET_/')
MYSQL_HOST=$mysql_host
MYSQL_PORT=3306
MYSQL_DATABASE=tidemark
MYSQL_USER=tidemark_charts
MYSQL_PASSWORD=$(quoted "$(secret TIDEMARK_MYSQL__CHARTS_PASSWORD)")"
  service superset "$etc/superset/environment" "$home/.venv-superset/.stamp" "$home/superset"
}

await_superset() {
  until_well superset 300 ready superset
  say "dashboards on port 8088; the passwords of viewer and admin are in $etc/secrets.env"
}
