#!/usr/bin/env bash
# build.sh LOGS: have every image that Compose pulls, by `docker pull` or, where that cannot be, as a stand-in made of
# packages, with a label that hashes all that it was made from. What was said meanwhile lies in the folder LOGS.
set -euo pipefail
logs=${1:?build.sh LOGS}
mkdir -p "$logs"
logs=$(cd "$logs" && pwd)
cd "$(dirname "$0")"
project=$(cd ../.. && pwd)
images=(python:3.11-slim-bookworm mysql:9.7 apache/kafka:4.4.0)

stop() {
  printf 'stand-ins: %s\n' "$*" >&2
  exit 1
}

# step LOG WHAT COMMAND...: run it with its output in a log, which is shown where it fails.
step() {
  local log=$logs/$1.log what=$2 from=$SECONDS
  shift 2
  echo "stand-ins: $what ..."
  if ! "$@" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    stop "$what failed; all that it said is in $log"
  fi
  echo "stand-ins: $what: done in $((SECONDS - from)) s"
}

stamp=$({
  find . -type f -not -path './kafka/libs/*' -exec sha256sum {} + | sort
  cat /usr/local/share/ca-certificates/*.crt /etc/pip.conf 2>/dev/null || true
} | sha256sum | cut -c 1-16)

missing=()
for image in "${images[@]}"; do
  if docker image inspect "$image" >/dev/null 2>&1; then
    stands_in=$(docker image inspect --format '{{index .Config.Labels "tidemark.stand-in"}}' "$image")
    if [ -z "$stands_in" ] || [ "$stands_in" = "$stamp" ]; then continue; fi
  elif timeout 60 docker pull --quiet "$image" >/dev/null 2>&1; then
    continue
  fi
  missing+=("$image")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

echo "stand-ins: no registry gives ${missing[*]}; they are made of packages"
if ! command -v mmdebstrap >/dev/null; then
  [ "$(id -u)" -eq 0 ] || stop 'mmdebstrap is missing, and only root can install it'
  step mmdebstrap 'installing mmdebstrap' sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends mmdebstrap'
fi

is_missing() { [[ " ${missing[*]} " == *" $1 "* ]]; }

# build LOG IMAGE BASE FOLDER
build() { step "$1" "$2" docker build --label "tidemark.stand-in=$stamp" --build-arg "BASE=$3" --tag "$2" "$4"; }

stable=tidemark-debian:bookworm

on_stable() {
  if ! is_missing "${images[0]}" && ! is_missing "${images[2]}"; then return; fi
  step stable 'Debian 12' ./make_base.sh bookworm "$stable"
  if is_missing "${images[0]}"; then build stable "${images[0]}" "$stable" python; fi
}

on_unstable() {
  local base=tidemark-debian:sid
  if ! is_missing "${images[1]}"; then return; fi
  step unstable 'Debian unstable, which has MySQL' ./make_base.sh sid "$base"
  build unstable "${images[1]}" "$base" mysql
}

kafka_libs() {
  if ! is_missing "${images[2]}"; then return; fi
  step libs 'the jars of Kafka' "$project/.venv/bin/python" kafka/fetch_libs.py "${images[2]#*:}" kafka/libs
}

# Beside each other: each waits for the network most of the time.
waited_for=()
for part in on_stable on_unstable kafka_libs; do
  "$part" &
  waited_for+=($!)
done
failed=
for part in "${waited_for[@]}"; do wait "$part" || failed=1; done
[ -z "$failed" ] || exit 1
if is_missing "${images[2]}"; then build kafka "${images[2]}" "$stable" kafka; fi
rm -rf kafka/libs
