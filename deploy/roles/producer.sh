# shellcheck shell=bash disable=SC2154
# The producer of one source. Sourced by provision.sh.

set_up_producer() {
  local name
  place "$etc/producer/.env" 640 root:tidemark-producer "$(choices_of SOURCE= LOG_LEVEL X__ REPLAY__ SAMPLE__ WIKIMEDIA__ BLUESKY__ MASTODON__)"
  name=$(cd "$etc/producer" && env -i PATH="$PATH" "$home/.venv/bin/python" -c \
    'from tidemark.settings import load; print(load().source)' 2>&1) || stop "$choices: ${name##*$'\n'}"
  # The last line: a warning may be printed before it.
  place "$etc/producer/environment" 600 root:root "TIDEMARK_KAFKA__BOOTSTRAP=$kafka_host:9092
TIDEMARK_SOURCE=${name##*$'\n'}"
  service producer "$etc/producer/.env" "$etc/producer/environment" \
    "$home/.venv/.stamp" "$home/tidemark" "$home/producer"
}

await_producer() { until_well producer 600 systemctl is-active --quiet tidemark-producer; }
