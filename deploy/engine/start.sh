#!/usr/bin/env bash
# start.sh FOLDER: an engine of our own, with images, socket and pid file in FOLDER; prints what DOCKER_HOST must be.
set -euo pipefail
folder=${1:?start.sh FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
host=unix://$folder/docker.sock

answers() { DOCKER_HOST=$host docker version >/dev/null 2>&1; }

if ! answers; then
  [ "$(id -u)" -eq 0 ] || { echo 'engine: only root can start one; start Docker, or run this as root' >&2; exit 1; }
  rm -f "$folder/dockerd.pid" "$folder/docker.sock"
  ip link show docker0 >/dev/null 2>&1 || touch "$folder/made-bridge"
  setsid dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/dockerd.pid" --host "$host" \
    --log-level warn --default-address-pool base=172.29.0.0/16,size=24 >"$folder/dockerd.log" 2>&1 </dev/null &
  for _ in $(seq 300); do
    if answers || ! kill -0 $! 2>/dev/null; then break; fi
    sleep 0.1
  done
  answers || { echo "engine: it does not come up; the end of $folder/dockerd.log:" >&2; tail -n 5 "$folder/dockerd.log" >&2; exit 1; }
fi
echo "$host"
