#!/usr/bin/env bash
# make_base.sh SUITE IMAGE: a small Debian as an image, that trusts the same certificates and asks the same mirrors as
# this machine. What is particular to the machine is read from it, and is in no file here.
set -euo pipefail
suite=$1 image=$2
mirror=$(awk '$1 == "URIs:" { print $2; exit }' /etc/apt/sources.list.d/debian.sources)
[ -n "$mirror" ] || { echo 'no mirror in /etc/apt/sources.list.d/debian.sources' >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

extra=$scratch/extra
mkdir -p "$extra/usr/local/share/ca-certificates" "$extra/etc/apt/apt.conf.d"
cp /usr/local/share/ca-certificates/*.crt "$extra/usr/local/share/ca-certificates/" 2>/dev/null || true
for file in /etc/pip.conf /etc/apt/apt.conf.d/99*; do
  if [ -f "$file" ]; then install -D -m 644 "$file" "$extra$file"; fi
done
# A mirror that lags shows an unstable Debian whose lists are out of date.
printf 'Acquire::Check-Valid-Until "false";\nAPT::Install-Recommends "false";\nAcquire::Languages "none";\nAcquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";\n' \
  >"$extra/etc/apt/apt.conf.d/98slim"

sources="deb $mirror $suite main"
if [ "$suite" != sid ]; then
  sources+=$'\n'"deb $mirror $suite-updates main"$'\n'"deb $mirror-security $suite-security main"
fi
certificates=/etc/ssl/certs/ca-certificates.crt
# shellcheck disable=SC2016 # mmdebstrap's hooks are told the folder as $1
mmdebstrap --quiet --variant=minbase --include=ca-certificates --aptopt='Acquire::Languages "none"' \
  --aptopt='Acquire::Check-Valid-Until "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="tar -C $extra -c . | tar -C \"\$1\" -x --no-same-owner" \
  --customize-hook='chroot "$1" update-ca-certificates' \
  "$suite" "$scratch/root.tar" "$sources"
docker import --change "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
SSL_CERT_FILE=$certificates PIP_CERT=$certificates REQUESTS_CA_BUNDLE=$certificates" \
  --change 'CMD ["bash"]' "$scratch/root.tar" "$image"
