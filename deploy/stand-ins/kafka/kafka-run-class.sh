#!/usr/bin/env bash
# kafka-run-class.sh [-name NAME] CLASS ARGUMENTS...: a JVM with the usual variables
set -euo pipefail
base=$(cd "$(dirname "$0")/.." && pwd)
while [[ ${1-} == -* ]]; do
  if [[ $1 == -name ]]; then shift; fi
  shift
done
read -ra heap <<<"${KAFKA_HEAP_OPTS:--Xmx256M}"
read -ra tuning <<<"${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true}"
read -ra others <<<"${KAFKA_JMX_OPTS-} ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=$base/config/tools-log4j2.yaml} ${KAFKA_OPTS-}"
exec java "${heap[@]}" "${tuning[@]}" "${others[@]}" -Dkafka.logs.dir="${LOG_DIR:-$base/logs}" \
  -cp "$base/libs/*${CLASSPATH:+:$CLASSPATH}" "$@"
