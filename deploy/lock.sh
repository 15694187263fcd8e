#!/usr/bin/env bash
# Resolve all versions anew. The result is reviewed and committed like any other change.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # compile FROM TO OPTIONS...
  local from=$1 to=$2
  shift 2
  echo "$to"
  .venv-tools/bin/uv pip compile --quiet --upgrade --generate-hashes --no-annotate --no-header "$@" "$from" -o "$to"
}

compile pyproject.toml requirements.txt --universal --python-version 3.11 --all-extras
# The image's packages are some of these, never others.
compile pyproject.toml deploy/images/app.txt --python-version 3.11 --extra producer --extra spark --constraint requirements.txt
compile deploy/images/notebook.in deploy/images/notebook.txt --python-version 3.11 --constraint requirements.txt
compile superset/requirements.in superset/requirements.txt --python-version 3.11
compile tests/s3/server.in tests/s3/server.txt --python-version 3.11
compile deploy/uv.in deploy/uv.txt --universal --python-version 3.9
.venv/bin/tidemark jars --lock
