#!/usr/bin/env bash
# Bring this machine to the roles that are named: packages, accounts, configuration, systemd services.
#
#   deploy/provision.sh [OPTION...] ROLE...       roles: kafka mysql spark producer superset
#
#   --listen ADDRESS    Kafka and the database also listen here, for other machines; else on loopback alone
#   --kafka ADDRESS     where Kafka is, where it is not this machine
#   --mysql ADDRESS     where the database is, where it is not this machine
#   --publish ADDRESS   dashboards and JupyterLab listen here instead of on loopback, where a forwarded port arrives
#   --secrets FILE      passwords that several machines share; without it, made here at the first run
#   --settings FILE     choices of yours, as in .env.example; .env beside this folder where it is not given
#
# What is as it should be is recognised by its content and left alone: a second run restarts nothing.
# shellcheck disable=SC2034 # deploy/roles reads much of what is set here
set -euo pipefail
umask 022

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=/opt/tidemark
etc=/etc/tidemark
state=/var/lib/tidemark
hardening=/etc/systemd/system/tidemark-.service.d/hardening.conf
order=(kafka mysql spark producer superset)
roles=()
listen='' kafka_host=127.0.0.1 mysql_host=127.0.0.1 publish=127.0.0.1 secrets_from='' choices=$source_dir/.env
changes=0

say() { printf 'provision: %s\n' "$*"; }

stop() {
  printf 'provision: %s\n' "$*" >&2
  exit 1
}

# did WHAT: a change that was made; the last line counts them
did() {
  changes=$((changes + 1))
  say "$*"
}

# ---- what was asked -----------------------------------------------------------------------------------------------

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --listen | --kafka | --mysql | --publish | --secrets | --settings)
        [ -n "${2:-}" ] || stop "$1 needs a value; the head of $0 lists the options"
        ;;&
      --listen) listen=$2 && shift ;;
      --kafka) kafka_host=$2 && shift ;;
      --mysql) mysql_host=$2 && shift ;;
      --publish) publish=$2 && shift ;;
      --secrets) secrets_from=$2 && shift ;;
      --settings) choices=$2 && shift ;;
      kafka | mysql | spark | producer | superset) roles+=("$1") ;;
      *) stop "'$1' is neither an option nor a role; roles are: ${order[*]}" ;;
    esac
    shift
  done
  [ ${#roles[@]} -gt 0 ] || stop "no role was named; roles are: ${order[*]}"
  # Kafka tells its clients one address: where others are to reach it, it is that one for us as well.
  if [ -n "$listen" ] && has_role kafka; then kafka_host=$listen; fi
}

has_role() {
  local role
  for role in "${roles[@]}"; do [ "$role" != "$1" ] || return 0; done
  return 1
}

check_machine() {
  [ "$(id -u)" -eq 0 ] || stop 'it installs packages and services, so it needs root: sudo deploy/provision.sh …'
  command -v apt-get >/dev/null || stop 'no apt-get here; it knows Debian and Ubuntu'
  [ -d /run/systemd/system ] || stop 'systemd does not run here, and the services need it'
  [ -z "$secrets_from" ] || [ -r "$secrets_from" ] || stop "--secrets $secrets_from cannot be read; is the folder shared?"
}

# ---- writing what differs -----------------------------------------------------------------------------------------

# place FILE MODE OWNER:GROUP TEXT: the file holds that text, and is written only where it does not yet
place() {
  local file=$1 mode=$2 owner=$3 text=$4
  if [ "$(cat "$file" 2>/dev/null)" = "$text" ] && [ "$(stat -c '%a %U:%G' "$file")" = "$mode $owner" ]; then return; fi
  mkdir -p "$(dirname "$file")"
  # Made with its mode, then filled: a password is never readable in between.
  install -m "$mode" -o "${owner%:*}" -g "${owner#*:}" /dev/null "$file.new"
  printf '%s\n' "$text" >"$file.new"
  mv "$file.new" "$file"
  did "wrote $file"
}

# choices_of NAME...: lines of the settings whose names begin so, as they stand; others are not this service's business
choices_of() {
  local names
  names=$(printf '|%s' "$@")
  if [ -r "$choices" ]; then grep -E "^ *TIDEMARK_(${names#|})" "$choices" || true; fi
}

secret() { sed -n "s/^$1=//p" "$etc/secrets.env"; }

secret_names=(TIDEMARK_MYSQL__{ROOT,MIGRATOR,WRITER,READER,CHARTS}_PASSWORD
  TIDEMARK_SUPERSET__{SECRET_KEY,ADMIN_PASSWORD,VIEWER_PASSWORD} TIDEMARK_NOTEBOOK__TOKEN)

# Those that are kept here, and new ones for what is missing.
make_secrets() {
  local name
  for name in "${secret_names[@]}"; do
    if [ -f "$etc/secrets.env" ] && grep "^$name=." "$etc/secrets.env"; then continue; fi
    printf '%s=%s\n' "$name" "$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')"
  done
}

write_secrets() {
  local text name
  if [ -n "$secrets_from" ]; then text=$(cat "$secrets_from"); else text=$(make_secrets); fi
  for name in "${secret_names[@]}"; do
    grep -q "^$name=." <<<"$text" || stop "$secrets_from has no $name; delete it, and have it made anew"
  done
  place "$etc/secrets.env" 600 root:root "$text"
}

# ---- the project itself -------------------------------------------------------------------------------------------

parts=(deploy/{install.sh,uv.txt,images/jupyter_server_config.py,images/notebook.txt,roles,units} notebooks producer
  spark_jobs sql superset tidemark
  LICENSE README.md jars.lock pyproject.toml requirements.txt)

pack() {
  tar --create --directory "$source_dir" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    --exclude=__pycache__ -- "${parts[@]}"
}

# Old files go: a module that was deleted must not be found.
copy_project() {
  local code part new=$home/.new
  code=$(pack | sha256sum | cut -c 1-64)
  if [ "$(cat "$home/.code" 2>/dev/null)" = "$code" ]; then return; fi
  rm -rf "$new" && mkdir -p "$new"
  pack | tar --extract --directory "$new"
  for part in "${parts[@]}"; do
    rm -rf "${home:?}/$part"
    mkdir -p "$(dirname "$home/$part")"
    mv "$new/$part" "$home/$part"
  done
  rm -rf "$new"
  echo "$code" >"$home/.code"
  did "copied the project to $home"
}

install_project() {
  local said
  # Services of other users run this Python, where uv has to fetch one: root's own folder is closed to them.
  export UV_PYTHON_INSTALL_DIR=$home/.python
  say 'deploy/install.sh: packages, Python environments, jars, archives of their classes'
  said=$(mktemp)
  "$home/deploy/install.sh" archives </dev/null | tee "$said"
  grep -q '^nothing to install' "$said" || changes=$((changes + 1))
  rm -f "$said"
}

install_machinery() {
  place /etc/sysusers.d/tidemark.conf 644 root:root "$(cat "$home/deploy/units/sysusers.conf")"
  systemd-sysusers /etc/sysusers.d/tidemark.conf
  local before=$changes
  place /etc/systemd/journald.conf.d/tidemark.conf 644 root:root "$(cat "$home/deploy/units/journald.conf")"
  [ "$before" = "$changes" ] || systemctl restart systemd-journald
  place "$hardening" 644 root:root "$(cat "$home/deploy/units/tidemark-.service.d/hardening.conf")"
  mkdir -p "$state"
}

# ---- the way through ----------------------------------------------------------------------------------------------

main() {
  local role
  read_arguments "$@"
  check_machine
  mkdir -p "$etc"
  write_secrets
  copy_project
  for role in quoting services "${order[@]}"; do
    # shellcheck source=/dev/null
    source "$home/deploy/roles/$role.sh"
  done
  if has_role mysql; then install_database; fi
  install_project
  install_machinery
  for role in "${order[@]}"; do if has_role "$role"; then "set_up_$role"; fi; done
  for role in "${order[@]}"; do if has_role "$role"; then "await_$role"; fi; done
  if [ "$changes" = 0 ]; then
    say "nothing to change: ${roles[*]} run as they should"
  else
    say "${roles[*]} run after $SECONDS s; changes made: $changes"
  fi
}

main "$@"
