#!/usr/bin/env bash
# run.sh COMMAND...: run it with Vagrant, a Docker engine and Debian's roots at hand. What is missing is installed; an
# engine that was started for it is stopped again, and its images stay, so that the next time is quicker.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
engine=$here/../../deploy/engine
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidemark
began=$SECONDS

missing=()
for program in vagrant mmdebstrap shellcheck; do command -v "$program" >/dev/null || missing+=("$program"); done
command -v ssh >/dev/null || missing+=(openssh-client)
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" -eq 0 ] || { echo "tests: missing here: ${missing[*]}; install them, or run this as root" >&2; exit 1; }
  echo "tests: installing ${missing[*]} ..."
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
fi

"$engine/install.sh"
if ! docker version >/dev/null 2>&1; then
  echo 'tests: starting an engine of our own ...'
  trap '"$engine/stop.sh" "$cache/vagrant-engine"' EXIT
  trap 'exit 130' INT TERM
  DOCKER_HOST=$("$engine/start.sh" "$cache/vagrant-engine")
  export DOCKER_HOST
fi
"$here/roots.sh" bookworm trixie
mkdir -p "$cache/vagrant-packages"
export TEST_CACHE=$cache/vagrant-packages
echo "tests: ready after $((SECONDS - began)) s"
"$@"
