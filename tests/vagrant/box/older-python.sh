#!/usr/bin/env bash
# Python 3.11 of Debian 12 on Debian 13, in place of the one that uv fetches where the network lets it.
set -euo pipefail
sources=/etc/apt/sources.list.d
if [ -e "$sources/debian.sources" ]; then
  sed 's/trixie/bookworm/g' "$sources/debian.sources" >"$sources/older.sources"
else
  sed 's/trixie/bookworm/g' /etc/apt/sources.list >"$sources/older.list"
fi
printf 'Package: *\nPin: release n=bookworm*\nPin-Priority: 50\n' >/etc/apt/preferences.d/older
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3.11 >/dev/null
rm "$sources"/older.* /etc/apt/preferences.d/older
python3.11 -c 'import ssl, sqlite3, ctypes'
