#!/usr/bin/env bash
# Install Docker Engine with Compose and buildx where they are missing. Safe to run at any time.
#
# A newer Debian's three packages serve on an older one too: Debian 12 has an engine without start intervals in health
# checks, and no Compose. Nothing else is taken from there.
set -euo pipefail

stop() {
  printf 'engine: %s\n' "$*" >&2
  exit 1
}

client_is_there() { docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; }

engine_is_there() {
  local version
  version=$(dockerd --version 2>/dev/null | sed -n 's/^Docker version \([0-9]*\)\..*/\1/p')
  [ "${version:-0}" -ge 25 ] && command -v iptables >/dev/null
}

# An engine that answers is enough, wherever it runs; else there must be one to start.
if client_is_there && { docker version >/dev/null 2>&1 || engine_is_there; }; then exit 0; fi
command -v apt-get >/dev/null || stop 'no Docker Engine 25 or newer with Compose here; install them and run this again'
[ "$(id -u)" -eq 0 ] || stop 'no Docker Engine 25 or newer with Compose here, and no right to install them; run this as root'
# shellcheck source=/dev/null
. /etc/os-release

packages=(docker.io docker-compose docker-buildx iptables)
if [ "$ID" != debian ]; then packages=(docker.io docker-compose-v2 docker-buildx iptables); fi
options=()

if [ "$ID" = debian ] && [ "${VERSION_ID:-99}" -lt 13 ]; then
  mirror=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/debian.sources 2>/dev/null)
  [ -n "$mirror" ] || stop 'no /etc/apt/sources.list.d/debian.sources that names a mirror; install Docker Engine 25 or newer and Compose'
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"
  key=/usr/share/keyrings/debian-archive-keyring.gpg
  for suite in "$VERSION_CODENAME" "$VERSION_CODENAME-updates" trixie; do
    echo "deb [signed-by=$key] $mirror $suite main"
  done >"$scratch/sources"
  cat >"$scratch/preferences" <<EOF
Package: *
Pin: release n=trixie
Pin-Priority: 50

Package: docker.io docker-compose docker-buildx
Pin: release n=trixie
Pin-Priority: 600
EOF
  options=(-o Dir::Etc::sourcelist="$scratch/sources" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferences="$scratch/preferences"
    -o Dir::State::lists="$scratch/lists" -o Dir::Cache="$scratch/cache" -o Acquire::Languages=none
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o APT::Sandbox::User=root)
fi

echo 'engine: installing Docker Engine and Compose ...'
apt-get "${options[@]}" -qq update
# Its package would start it as a service of the system; ours is started by start.sh and stopped again.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -rf "${scratch:-}"; rm -f "$policy"' EXIT
fi
DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
if ! { client_is_there && engine_is_there; }; then
  stop 'what was installed is no Docker Engine 25 or newer with Compose and buildx'
fi
