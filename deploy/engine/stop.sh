#!/usr/bin/env bash
# stop.sh FOLDER: stop the engine that start.sh started there, and its containers with it. Images and volumes stay.
set -euo pipefail
folder=${1:?stop.sh FOLDER}
pid=$(cat "$folder/dockerd.pid" 2>/dev/null) || exit 0
is_there() { [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && [ "$(ps -o stat= -p "$pid" | cut -c 1)" != Z ]; }
if is_there; then
  kill "$pid"
  for _ in $(seq 600); do
    is_there || break
    sleep 0.1
  done
  if is_there; then
    echo "engine: process $pid does not stop" >&2
    exit 1
  fi
fi
rm -f "$folder/dockerd.pid" "$folder/docker.sock"
# The engine leaves its bridge behind; another engine that was started since may use it.
if [ -e "$folder/made-bridge" ]; then
  pgrep -x dockerd >/dev/null || ip link delete docker0 2>/dev/null || true
  rm -f "$folder/made-bridge"
fi
