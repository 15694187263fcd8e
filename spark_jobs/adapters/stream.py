"""The stream of a job's records out of Kafka."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.adapters.log_reader import ISOLATION
from spark_jobs.decode.kafka_batch import COLUMNS
from spark_jobs.merging.broker import TopicState
from spark_jobs.merging.fence import Place

FETCH_WAIT_MS: Final = 10
FETCH_BYTES: Final = 256 << 10
POLL_RECORDS: Final = 1_000
"""What a consumer holds at a time; Spark keeps one for each partition and stream, with what it
polled, also between batches. Kafka gives whole batches, compressed, and out of 4 KB may come a
record of 880 KB: of 2,000 records the posts alone would be 3.5 GB. Spark asks Kafka again behind
each poll, so a poll takes all of a fetch: polls of 100 records cost four times the processor of
Kafka, and half as much again in the JVM (92 for 65 CPU s a million posts; 71 for 71 so)."""


def read_stream(
    session: SparkSession,
    bootstrap: str,
    topics: Sequence[TopicState],
    start: Mapping[Place, int],
    max_rows: int,
) -> DataFrame:
    """Return a streaming frame of kafka_batch.COLUMNS; `start` has the first offset of every
    partition."""
    starting = {
        topic.name: {str(partition): start[topic.name, partition] for partition in topic.earliest}
        for topic in topics
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
        # A consumer asks again before the next batch is due. With Kafka's 500 ms the broker holds
        # that question back where a source is quiet, and the batch that comes meanwhile waits
        # behind it.
        .option("kafka.fetch.max.wait.ms", FETCH_WAIT_MS)
        .option("kafka.max.partition.fetch.bytes", FETCH_BYTES)
        .option("kafka.max.poll.records", POLL_RECORDS)
        .load()
        .select(*COLUMNS)
    )
