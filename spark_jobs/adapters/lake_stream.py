"""The stream of a topic into its table of the lake.

Runs beside the stream that merges into MySQL, on the same session, and reads Kafka for itself:
MySQL wants batches of a fifth of a second, a lake wants files of minutes
(docs/decisions/0008-the-lake-has-its-own-stream.md).
"""

import json
import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from typing import Final

from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from spark_jobs.adapters.broker import KafkaBroker
from spark_jobs.adapters.checkpoint import Checkpoint
from spark_jobs.adapters.lake_batches import LakeBatches
from spark_jobs.adapters.lake_fence import start_offsets
from spark_jobs.adapters.log_reader import KafkaLogReader
from spark_jobs.adapters.stream import read_stream
from spark_jobs.decode.lake_rows import LAKE_TOPICS, LakeTopic
from spark_jobs.merging.broker import TopicState
from tidemark.lake.location import LakeLocation, lake_location
from tidemark.lake.maintenance import Maintenance
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.recovery import recover
from tidemark.lake.table import LakeTable
from tidemark.settings import Settings, variable

logger = logging.getLogger(__name__)

MAX_ROWS: Final = 2_000_000
"""A batch of a minute: more than the other stream can merge in that time, so that the lake does not
fall behind it."""


def lake_stream(topic: str) -> Callable[[Settings], "LakeStream"]:
    """Return what makes the stream of this topic, for driver.main."""
    return partial(LakeStream, LAKE_TOPICS[topic])


class LakeStream:
    """A driver's Stream (driver.py). Where the settings switch the lake off it does nothing at
    all."""

    def __init__(self, topic: LakeTopic, settings: Settings) -> None:
        self.name = f"lake-{topic.name}"
        self.query: StreamingQuery | None = None
        self._topic = topic
        self._settings = settings
        self._location = lake_location(settings)
        self._open_things = ExitStack()
        self._batches: LakeBatches | None = None

    def open(self) -> None:
        """Make the table, or recover it, and find where it continues."""
        if self._location is None:
            return
        kafka = self._settings.kafka
        broker = self._open_things.enter_context(closing(KafkaBroker(kafka.bootstrap)))
        (self._state,) = broker.topics([self._topic.name])
        table = _table(self._location, self._topic, self._state)
        self._start = start_offsets(self._state, table.offsets)
        table.append([], table.offsets, LakeOffsets(self._state.topic_id, self._start))
        self._checkpoint = Checkpoint.new(self._settings.data_dir, self.name)
        self._batches = LakeBatches(
            self._state,
            table,
            self._start,
            broker=broker,
            log_reader=KafkaLogReader(kafka.bootstrap),
            checkpoint=self._checkpoint,
            maintenance=Maintenance(table.location, table.topic, self._settings.lake.keep_days),
        )
        self._open_things.callback(self._batches.close)

    def start(self, session: SparkSession) -> None:
        """Start the query."""
        if self._batches is None:
            return
        if self._settings.lake.path is None and not session.sparkContext.master.startswith("local"):
            # Each worker would write into a folder of its machine, and the driver commit what only
            # the worker can see.
            logger.warning(
                "no lake: Spark has workers; name a bucket or a shared folder by %s",
                variable("lake", "path"),
            )
            return
        topic, settings = self._topic.name, self._settings
        places = {(topic, partition): offset for partition, offset in self._start.items()}
        records = read_stream(session, settings.kafka.bootstrap, [self._state], places, MAX_ROWS)
        self.query = self._batches.start(
            records, self.name, self._checkpoint, settings.lake.every_s
        )
        logger.info("lake ready", extra={"topic": topic, "from": json.dumps(self._start)})

    def check(self) -> None:
        """Raise what a batch has raised."""
        if self._batches is not None:
            self._batches.check()

    def finish(self) -> None:
        """Wait for the current batch."""
        if self._batches is not None:
            self._batches.finish()

    def close(self) -> None:
        """Close the connections."""
        self._open_things.close()


def _table(location: LakeLocation, topic: LakeTopic, state: TopicState) -> LakeTable:
    """Return the topic's table, without files that are damaged: their records are read again."""
    if damaged := recover(location, topic.name, partial(start_offsets, state)):
        logger.warning(
            "lake stepped back: its newest files are damaged, their records are read again",
            extra={"topic": topic.name, "files": " ".join(damaged)},
        )
    return LakeTable.make(location, topic.name, topic.schema)
