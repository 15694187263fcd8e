"""The stream of a job's records out of Kafka."""

import json
from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.decode.kafka_batch import COLUMNS
from spark_jobs.edges.broker import TopicState
from spark_jobs.fence import Place


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
        .load()
        .select(*COLUMNS)
    )
