"""A job: Kafka → staged → merged, behind the fence."""

import itertools
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from mysql.connector import Error as DatabaseError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import StreamingQuery

from spark_jobs.edges.broker import Broker
from spark_jobs.edges.ledger import Ledger
from spark_jobs.edges.merger import Merger
from spark_jobs.edges.progress import Progress
from spark_jobs.edges.staging import Staging
from spark_jobs.edges.stream import read_stream
from spark_jobs.merges.statement import Statement
from tidemark import mysql
from tidemark.contracts.topics import Topic
from tidemark.errors import StreamError, TidemarkError
from tidemark.settings import Settings

logger = logging.getLogger(__name__)

STAGE_WITHIN_S: Final = 10.0
"""How long a job that is to stop lets Spark finish the batch at hand."""


@dataclass(frozen=True)
class Job:
    """All that tells one job from another.

    stage            Arrow batches of kafka_batch.COLUMNS → rows for the staging table
    schema           its columns, as Spark writes them
    staging_columns  its columns and key, as MySQL writes them
    counted_columns  those of the temporary table that `merge` may count into
    merge            what makes tables of a staging table, in order, in one transaction
    every_s          from one batch to the next; 0 is as soon as there is anything
    """

    name: str
    reads: tuple[Topic, ...]
    stage: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
    schema: str
    staging_columns: str
    counted_columns: str
    merge: tuple[Statement, ...]
    every_s: int = 0

    def stream(self, settings: Settings) -> "JobStream":
        """What a driver runs."""
        return JobStream(self, settings)


class JobStream:
    """A job's query, with a connection, a lock, staging tables and a merger of its own (see driver.Stream)."""

    def __init__(self, job: Job, settings: Settings) -> None:
        self.name = job.name
        self.query: StreamingQuery | None = None
        self._job = job
        self._settings = settings
        self._open_things = ExitStack()

    def open(self) -> None:
        connection = self._open_things.enter_context(mysql.connect(self._settings.mysql, "writer"))
        _prepare(connection)
        broker = self._open_things.enter_context(closing(Broker(self._settings.kafka.bootstrap)))
        self._ledger = Ledger(connection, self.name, self._settings.mysql.database)
        self._ledger.lock()
        self._topics = broker.topics([topic.name for topic in self._job.reads])
        self._ledger.open(self._topics)
        staging = Staging(connection, self._settings.mysql, self.name, self._job.staging_columns)
        staging.make(self._job.counted_columns)
        progress = Progress(connection, self.name, broker, self._ledger)
        progress.start()
        merger = Merger(
            connection,
            broker=broker,
            ledger=self._ledger,
            staging=staging,
            progress=progress,
            statements=self._job.merge,
            reject_limit=self._settings.spark.reject_limit,
        )
        self._open_things.callback(merger.close)
        self._batches = _Batches(staging, merger)

    def start(self, session: SparkSession) -> None:
        records = read_stream(
            session,
            self._settings.kafka.bootstrap,
            self._topics,
            self._ledger.next_offsets,
            self._settings.spark.max_rows_per_batch,
        )
        self.query = (
            records.mapInArrow(self._job.stage, self._job.schema)
            .writeStream.queryName(self.name)
            .foreachBatch(self._batches.take)
            .trigger(processingTime=f"{self._job.every_s} seconds")
            .option("checkpointLocation", str(_new_checkpoint(self._settings.data_dir, self.name)))
            .start()
        )
        logger.info("job started", extra={"job": self.name, "from": _short(self._ledger.next_offsets)})

    def check(self) -> None:
        try:
            self._batches.check()
        except DatabaseError as error:
            raise StreamError(f"MySQL refused a batch, and nothing of it is stored: {error}") from error

    def finish(self) -> None:
        self._batches.close()

    def close(self) -> None:
        """A merge that runs is let finish."""
        self._open_things.close()
        if self.query is not None:
            logger.info("job ended", extra={"job": self.name, "at": _short(self._ledger.next_offsets)})


class _Batches:
    """What Spark calls for each batch."""

    def __init__(self, staging: Staging, merger: Merger) -> None:
        self._staging = staging
        self._merger = merger
        self._tables = itertools.cycle(staging.tables)
        self._busy = threading.Lock()
        self._closed = False
        self._error: Exception | None = None

    def take(self, rows: DataFrame, _batch_id: int) -> None:
        with self._busy:
            if self._closed:
                return
            began_s = time.monotonic()
            table = next(self._tables)
            try:
                self._staging.write(rows, table)
                self._merger.submit(table, began_s)
            except (TidemarkError, DatabaseError) as error:
                # Raised here, py4j and Spark would tell it as well, each with all of its stack.
                self._error, self._closed = error, True

    def check(self) -> None:
        """Raise what a batch or its merge has raised."""
        if self._error is not None:
            raise self._error
        self._merger.check()

    def close(self) -> None:
        """Let the batch at hand be staged, for STAGE_WITHIN_S at most, and take no other: the ledger still wants it.

        Spark, stopped amid its tasks, fills the log with what their ends tell each other.
        """
        self._closed = True
        if self._busy.acquire(timeout=STAGE_WITHIN_S):
            # Whoever comes now must not wait for us: Spark waits for them.
            self._busy.release()


def _prepare(connection: Any) -> None:
    with connection.cursor() as cursor:
        # A merge reads its staging table without locking it row by row.
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # The lock is this connection's: it must outlive the quietest topic.
        cursor.execute("SET SESSION wait_timeout = 31536000")


def _new_checkpoint(data_dir: Path, job: str) -> Path:
    """An empty folder: a job starts where the ledger says, never where a checkpoint does (docs/decisions/0001)."""
    folder = (data_dir / "checkpoints" / job).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _short(offsets: dict[tuple[str, int], int]) -> str:
    return ",".join(f"{topic}/{partition}:{offset}" for (topic, partition), offset in sorted(offsets.items()))
