#!/usr/bin/env bash
# roots.sh SUITE...: for each Debian release named an image debian:SUITE-slim, made of packages, where there is none
# and none can be pulled. It knows the certificates and package clients' settings of this machine, and nothing else.
set -euo pipefail

mirror=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/debian.sources)
layer=$(mktemp -d)
trap 'rm -rf "$layer"' EXIT

# Settings of this machine that a package client needs to get through.
lay_out() {
  local file
  mkdir -p "$layer"/{usr/local/share/ca-certificates,usr/share/man/man1,etc/apt/apt.conf.d,etc/uv}
  for file in /usr/local/share/ca-certificates/*.crt /etc/pip.conf /etc/apt/apt.conf.d/99*; do
    if [ -f "$file" ]; then install -D -m 644 "$file" "$layer$file"; fi
  done
  echo 'native-tls = true' >"$layer/etc/uv/uv.toml"
}

build() { # build SUITE
  # shellcheck disable=SC2016 # $1 is the hook's own
  mmdebstrap --quiet --variant=minbase --include=ca-certificates \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="tar -C $layer -c . | tar -C \"\$1\" -x --no-same-owner" \
    --customize-hook='chroot "$1" update-ca-certificates >/dev/null' \
    "$1" - "deb $mirror $1 main" "deb $mirror $1-updates main" "deb $mirror-security $1-security main" |
    docker import --change 'CMD ["bash"]' - "debian:$1-slim" >/dev/null
}

lay_out
for suite in "$@"; do
  if docker image inspect "debian:$suite-slim" >/dev/null 2>&1; then continue; fi
  if timeout 60 docker pull --quiet "debian:$suite-slim" >/dev/null 2>&1; then continue; fi
  command -v mmdebstrap >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends mmdebstrap >/dev/null
  echo "roots: making debian:$suite-slim of packages ..."
  build "$suite"
done
