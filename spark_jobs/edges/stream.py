"""The stream of a job's records out of Kafka."""

import json
from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.decode.kafka_batch import COLUMNS
from spark_jobs.edges.broker import TopicState
from spark_jobs.edges.log_reader import ISOLATION
from spark_jobs.fence import Place

FETCH_WAIT_MS = 10
FETCH_BYTES = 4 << 20
POLL_RECORDS = 2_000


def read_stream(
    session: SparkSession,
    bootstrap: str,
    topics: Sequence[TopicState],
    start: Mapping[Place, int],
    max_rows: int,
) -> DataFrame:
    """A streaming frame of kafka_batch.COLUMNS; `start` has the first offset of every partition."""
    starting = {
        topic.name: {str(partition): start[topic.name, partition] for partition in topic.earliest} for topic in topics
    }
    return (
        session.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("subscribe", ",".join(topic.name for topic in topics))
        .option("startingOffsets", json.dumps(starting))
        .option("maxOffsetsPerTrigger", max_rows)
        .option("includeHeaders", "true")
        .option("failOnDataLoss", "true")
        .option("kafka.isolation.level", ISOLATION)
        # A consumer asks again before the next batch is due. With Kafka's 500 ms the broker holds that question back
        # where a source is quiet, and the batch that comes meanwhile waits behind it.
        .option("kafka.fetch.max.wait.ms", FETCH_WAIT_MS)
        # Kafka's 1 MiB and 500 records make a round of every few hundred posts.
        .option("kafka.max.partition.fetch.bytes", FETCH_BYTES)
        .option("kafka.max.poll.records", POLL_RECORDS)
        .load()
        .select(*COLUMNS)
    )
