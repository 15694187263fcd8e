#!/usr/bin/env bash
# run.sh COMMAND...: run it with a Docker engine at hand and the images that Compose pulls.
#
# The machine's own engine where one answers. Else one is installed, started, and stopped at the end; its images stay in
# the cache, so that the next time is quicker.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark
began=$SECONDS

"$here/install.sh"
if ! docker version >/dev/null 2>&1; then
  echo 'engine: starting one of our own ...'
  DOCKER_HOST=$("$here/start.sh" "$cache/engine")
  export DOCKER_HOST OWN_ENGINE=$cache/engine
  trap '"$here/stop.sh" "$cache/engine"' EXIT
  trap 'exit 130' INT TERM
fi
"$here/../stand-ins/build.sh" "$cache/stand-ins"
echo "engine: ready after $((SECONDS - began)) s"
"$@"
