#!/usr/bin/env bash
# build.sh CACHE: have every image that Compose pulls, by `docker pull` or, where that cannot be, as a stand-in made of
# packages. What was built is kept in the folder CACHE, by a hash of all that it was built from.
set -euo pipefail
cache=${1:?build.sh CACHE}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
cd "$(dirname "$0")"
project=$(cd ../.. && pwd)
images=(python:3.11-slim-bookworm mysql:9.7 apache/kafka:4.3.1)

stop() {
  printf 'stand-ins: %s\n' "$*" >&2
  exit 1
}

is_here() { docker image inspect "$1" >/dev/null 2>&1; }

# step WHAT COMMAND...: run it with its output in a log, which is shown where it fails.
step() {
  local what=$1 from=$SECONDS
  shift
  echo "stand-ins: $what ..."
  if ! "$@" >"$cache/build.log" 2>&1; then
    tail -n 20 "$cache/build.log" >&2
    stop "$what failed; all that it said is in $cache/build.log"
  fi
  echo "stand-ins: $what: done in $((SECONDS - from)) s"
}

stamp=$({
  find . -type f -not -path './kafka/libs/*' -exec sha256sum {} + | sort
  cat /usr/local/share/ca-certificates/*.crt /etc/pip.conf 2>/dev/null || true
} | sha256sum | cut -c 1-16)

missing=()
for image in "${images[@]}"; do
  if is_here "$image"; then
    stands_in=$(docker image inspect --format '{{index .Config.Labels "tidemark.stand-in"}}' "$image")
    if [ -z "$stands_in" ] || [ "$stands_in" = "$stamp" ]; then continue; fi
  elif timeout 60 docker pull --quiet "$image" >/dev/null 2>&1; then
    continue
  fi
  missing+=("$image")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

archive=$cache/$stamp.tar.gz
if [ -s "$archive" ]; then
  step 'loading what was built before' docker load --quiet --input "$archive"
  exit 0
fi
echo "stand-ins: no registry gives ${missing[*]}; they are made of packages"
if ! command -v mmdebstrap >/dev/null; then
  [ "$(id -u)" -eq 0 ] || stop 'mmdebstrap is missing, and only root can install it'
  step 'installing mmdebstrap' sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends mmdebstrap'
fi

for image in "${missing[@]}"; do
  case $image in
    python:*)
      step 'Debian 12' ./make_base.sh bookworm "$image-base"
      step "$image" docker build --label "tidemark.stand-in=$stamp" --build-arg "BASE=$image-base" --tag "$image" python
      ;;
    apache/kafka:*)
      is_here python:3.11-slim-bookworm-base || step 'Debian 12' ./make_base.sh bookworm python:3.11-slim-bookworm-base
      step 'the jars of Kafka' "$project/.venv/bin/python" kafka/fetch_libs.py "${image#*:}" kafka/libs
      step "$image" docker build --label "tidemark.stand-in=$stamp" --build-arg BASE=python:3.11-slim-bookworm-base --tag "$image" kafka
      rm -rf kafka/libs
      ;;
    mysql:*)
      step 'Debian unstable, which has MySQL' ./make_base.sh sid "$image-base"
      step "$image" docker build --label "tidemark.stand-in=$stamp" --build-arg "BASE=$image-base" --tag "$image" mysql
      ;;
  esac
done
echo 'stand-ins: keeping them for the next time ...'
docker save "${missing[@]}" | gzip -1 >"$archive.new"
find "$cache" -name '*.tar.gz' -delete
mv "$archive.new" "$archive"
