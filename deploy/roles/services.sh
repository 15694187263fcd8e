# shellcheck shell=bash disable=SC2154
# Services: restart those whose files have changed, and wait until they serve. Sourced by provision.sh.

# service NAME INPUT...: restart the unit tidemark-NAME if it, the hardening, or one of the inputs has changed.
# An input is a file, or a folder of the project.
service() {
  local name=tidemark-$1 file input inputs
  file=/etc/systemd/system/$name.service
  place "$file" 644 root:root "$(cat "$home/deploy/units/$name.service")"
  inputs=$(
    for input in "$file" "$hardening" "${@:2}"; do
      if [ -d "$input" ]; then all_of "$input"; else sha256sum <"$input"; fi
    done | sha256sum
  )
  if [ "$(cat "$state/$name.inputs" 2>/dev/null)" = "$inputs" ] && lives "$name"; then return; fi
  systemctl daemon-reload
  systemctl enable --quiet "$name"
  did "starting $name"
  systemctl restart --no-block "$name"
  echo "$inputs" >"$state/$name.inputs"
}

all_of() { find "$1" -type f -not -path '*/__pycache__/*' | LC_ALL=C sort | xargs -d '\n' sha256sum; }

# True also for one that systemd is starting.
lives() {
  case $(systemctl show --property ActiveState --value "$1") in
    active | activating | reloading) return 0 ;;
    *) return 1 ;;
  esac
}

# until_well WHAT SECONDS COMMAND...: wait until COMMAND succeeds, with a line every ten seconds; stop after SECONDS
until_well() {
  local what=$1 patience=$2 from=$SECONDS reported=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $((SECONDS - from)) -ge "$patience" ]; then
      journalctl --unit "tidemark-$what" --lines 15 --no-pager --output cat >&2 || true
      stop "$what did not come up in $patience s; the end of its log is above, all of it in: journalctl -u tidemark-$what"
    fi
    if [ $((SECONDS - reported)) -ge 10 ]; then
      reported=$SECONDS
      say "waiting for $what, $((SECONDS - from)) s"
    fi
    sleep 0.5
  done
}

# ready NAME: check that the server of this machine answers a client
ready() {
  # shellcheck disable=SC2016 # it is the inner shell that knows the passwords: no command line shows them
  env -i PATH="$PATH" TIDEMARK_KAFKA__BOOTSTRAP="$kafka_host:9092" DASHBOARDS_HOST="${publish/#0.0.0.0/127.0.0.1}" \
    bash -c '. "$2/deploy/roles/quoting.sh"; export_lines "$1"; exec "$2/.venv/bin/python" "$2/deploy/units/ready.py" "$3"' \
    - "$etc/secrets.env" "$home" "$1"
}

# has_logged NAME WORDS: check that its log has WORDS since it was last started
has_logged() {
  local run
  systemctl is-active --quiet "tidemark-$1" || return 1
  run=$(systemctl show --property InvocationID --value "tidemark-$1")
  journalctl "_SYSTEMD_INVOCATION_ID=$run" --output cat --no-pager | grep "$2" >/dev/null
}
