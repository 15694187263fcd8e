# shellcheck shell=bash disable=SC2154
# The broker, from the jars of jars.lock. Sourced by provision.sh.

set_up_kafka() {
  local properties
  properties=$(sed "s/@HOST@/$kafka_host/g" "$home/deploy/units/kafka.properties")
  place "$etc/kafka/server.properties" 644 root:root "$properties"
  place "$etc/kafka/environment" 600 root:root "TIDEMARK_KAFKA__BOOTSTRAP=$kafka_host:9092"
  service kafka "$etc/kafka/server.properties" "$etc/kafka/environment" "$home/deploy/units/start-kafka.sh" \
    "$home/deploy/units/kafka-log4j2.properties" "$home/jars.lock"
}

await_kafka() { until_well kafka 120 ready kafka; }
