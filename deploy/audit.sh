#!/usr/bin/env bash
# Ask the OSV database for known holes in all that the locks pin: Python's packages, Superset's, and the jars.
#
#   deploy/audit.sh [OPTION...]      options for osv-scanner; --offline asks databases that were downloaded before
#
# Exit code 0: none is known; 1: some are, and shown; 3: nobody could be asked. What is known and may stay is in
# deploy/audit.toml, each with a reason and a date.
set -euo pipefail
cd "$(dirname "$0")/.."

unasked() {
  printf 'audit: %s; nothing was asked\n' "$*" >&2
  exit 3
}

# shellcheck disable=SC2016 # the backticks are for people
command -v osv-scanner >/dev/null ||
  unasked 'no `osv-scanner` on the PATH; `go install github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.2.4` brings it'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "folder organisation:name:version sha256" as CycloneDX, which the scanner reads
jars=$(sed -n 's|^[a-z]* \([^:]*\):\([^:]*\):\([^ ]*\) .*|{"type":"library","group":"\1","name":"\2","version":"\3","purl":"pkg:maven/\1/\2@\3"}|p' jars.lock | sort -u | paste -sd,)
printf '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[%s]}\n' "$jars" >"$work/jars.cdx.json"

code=0
osv-scanner scan source --no-resolve --config deploy/audit.toml \
  --lockfile requirements.txt:requirements.txt --lockfile requirements.txt:superset/requirements.txt \
  --lockfile "$work/jars.cdx.json" "$@" 2>"$work/told" || code=$?
case $code in
  0) echo 'audit: no known holes in requirements.txt, superset/requirements.txt and jars.lock' ;;
  1) printf 'audit: known holes are shown above: raise the version, or allow it until a date in deploy/audit.toml\n' >&2 && exit 1 ;;
  *) unasked "osv-scanner ended with code $code ($(tail -n 1 "$work/told"))" ;;
esac
