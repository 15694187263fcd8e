#!/usr/bin/env bash
# run.sh [--if-possible] COMMAND...: run it with a Docker engine at hand and the images that Compose pulls.
#
# The machine's own engine where one answers. Else one is installed, started, and stopped at the end; its images stay in
# the cache, so that the next time is quicker. With --if-possible the command runs on a machine too that can have none of
# this; NO_ENGINE then says why.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark
began=$SECONDS
if_possible=
if [ "${1:-}" = --if-possible ]; then
  if_possible=1
  shift
fi

get_ready() {
  "$here/install.sh" || return
  if ! docker version >/dev/null 2>&1; then
    echo 'engine: starting one of our own ...'
    trap '"$here/stop.sh" "$cache/engine"' EXIT
    trap 'exit 130' INT TERM
    DOCKER_HOST=$("$here/start.sh" "$cache/engine") || return
    export DOCKER_HOST OWN_ENGINE=$cache/engine
  fi
  "$here/../stand-ins/build.sh" "$cache/stand-ins" || return
  docker run --rm --network none python:3.11-slim-bookworm true || {
    echo 'engine: it answers, and runs no container' >&2
    return 1
  }
}

mkdir -p "$cache"
errors=$cache/engine.errors
if get_ready 2>"$errors"; then
  echo "engine: ready after $((SECONDS - began)) s"
else
  cat "$errors" >&2
  [ -n "$if_possible" ] || exit 1
  NO_ENGINE=$(tail -n 1 "$errors")
  export NO_ENGINE
  echo 'engine: NONE can be had here, and what needs one is skipped; why is said above'
fi
"$@"
