#!/usr/bin/env bash
# Start one broker that is also the controller; format an empty folder first. Run by tidemark-kafka.service.
set -euo pipefail
cd /var/lib/tidemark-kafka
config=/etc/tidemark/kafka/server.properties
java=(java -Djava.awt.headless=true -XX:ErrorFile=/var/lib/tidemark-kafka/hs_err.log
  -Dlog4j2.configurationFile=/opt/tidemark/deploy/units/kafka-log4j2.properties
  -XX:SharedArchiveFile=/opt/tidemark/.jars/kafka.jsa -Xlog:cds=off -Xlog:cds+dynamic=off
  -cp '/opt/tidemark/.jars/kafka/*')

if [ ! -f data/meta.properties ]; then
  rm -rf data
  # A cluster id may begin with a dash, and would be read as an option if it were a separate argument.
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
  "${java[@]}" -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format "--cluster-id=$id" --config="$config"
fi
exec "${java[@]}" -Xms320m -Xmx640m -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError kafka.Kafka "$config"
