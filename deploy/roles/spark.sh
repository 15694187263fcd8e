# shellcheck shell=bash disable=SC2154
# The jobs, each a local Spark. Read by provision.sh.

set_up_spark() {
  place "$etc/spark/.env" 640 root:tidemark-spark "$(choices_of LOG_LEVEL SPARK__)"
  place "$etc/spark/environment" 600 root:root "TIDEMARK_KAFKA__BOOTSTRAP=$kafka_host:9092
TIDEMARK_MYSQL__HOST=$mysql_host
TIDEMARK_MYSQL__WRITER_PASSWORD=$(secret TIDEMARK_MYSQL__WRITER_PASSWORD)"
  service spark "$etc/spark/.env" "$etc/spark/environment" \
    "$home/.venv/.stamp" "$home/jars.lock" "$home/tidemark" "$home/spark_jobs"
}

# It comes up once the tables are there, which may be made on another machine at this moment.
await_spark() { until_well spark 600 has_said spark 'job ready'; }
