#!/usr/bin/env bash
# Superset under gunicorn; it brings itself to what superset/ says as it starts. Run by tidemark-superset.service.
set -euo pipefail
template=/opt/tidemark/.venv-superset/template/superset.db

# A new folder starts with Superset's own tables as deploy/install.sh left them; to make them takes ten seconds.
if [ ! -e "$SUPERSET_HOME/superset.db" ] && [ -e "$template" ]; then
  install -m 600 "$template" "$SUPERSET_HOME/superset.new"
  mv "$SUPERSET_HOME/superset.new" "$SUPERSET_HOME/superset.db"
fi
exec /opt/tidemark/.venv-superset/bin/gunicorn --config=/opt/tidemark/superset/gunicorn.conf.py --bind="$BIND"
