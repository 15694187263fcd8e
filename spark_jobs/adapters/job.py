"""A job: Kafka → staged → merged, behind the fence."""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
from mysql.connector import Error as DatabaseError
from mysql.connector import errorcode
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.streaming import StreamingQuery

from spark_jobs.adapters.batches import Batches
from spark_jobs.adapters.broker import Broker
from spark_jobs.adapters.checkpoint import batch_ends, new_checkpoint
from spark_jobs.adapters.connection import check_tables, prepare, recover
from spark_jobs.adapters.log_reader import LogReader
from spark_jobs.adapters.stream import read_stream
from spark_jobs.adapters.worker import run_in_worker
from spark_jobs.merges.run import Run
from spark_jobs.merging.ledger import Ledger
from spark_jobs.merging.merger import Merger
from spark_jobs.merging.progress import Progress
from spark_jobs.merging.rejects import Rejects
from spark_jobs.merging.retries import Retries
from spark_jobs.merging.staging import Staging
from tidemark import mysql
from tidemark.contracts.topics import Topic
from tidemark.errors import RefusedError, StreamError, TidemarkError, UnpreparedError
from tidemark.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """All that tells one job from another.

    stage            Arrow batches of kafka_batch.COLUMNS → rows for the staging table
    schema           its columns
    staging_columns  its columns and key, as MySQL writes them
    merge            merges a staging table into the tables, within one transaction
    counted_columns  those of the temporary table that `merge` counts into, where it does
    every_s          from one batch to the next; 0 is as soon as there is anything
    """

    name: str
    reads: tuple[Topic, ...]
    stage: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
    schema: pa.Schema
    staging_columns: str
    merge: Callable[[Run], None]
    counted_columns: str | None = None
    every_s: int = 0

    def stream(self, settings: Settings) -> "JobStream":
        """What a driver runs."""
        return JobStream(self, settings)


class JobStream:
    """A job's query, with a connection, a lock, staging tables and a merger of its own (see
    driver.Stream)."""

    def __init__(self, job: Job, settings: Settings) -> None:
        self.name = job.name
        self.query: StreamingQuery | None = None
        self._job = job
        self._settings = settings
        self._open_things = ExitStack()
        self._batches = Batches(self._store)
        self._turns = itertools.cycle((0, 1))
        self._stop = threading.Event()
        self._retries = Retries(self._stop, job.name)

    def open(self) -> None:
        try:
            self._open()
        except DatabaseError as error:
            if error.errno == errorcode.ER_NO_SUCH_TABLE:
                raise UnpreparedError(
                    f"{error.msg}; `tidemark prepare` makes the tables"
                ) from error
            raise _meaning(error, "MySQL failed as the job began") from error

    def _open(self) -> None:
        connection = self._open_things.enter_context(mysql.connect(self._settings.mysql, "writer"))
        prepare(connection)
        check_tables(connection)
        broker = self._open_things.enter_context(closing(Broker(self._settings.kafka.bootstrap)))
        self._ledger = Ledger(connection, self.name, self._settings.mysql)
        self._ledger.lock()
        self._topics = broker.topics([topic.name for topic in self._job.reads])
        job = self._job
        staging = Staging(
            connection, self._settings.mysql, job.name, job.staging_columns, job.counted_columns
        )
        # Before the ledger is read: a former driver that may still run has no tables to merge from
        # any more.
        staging.make()
        self._ledger.open(self._topics)
        rejects = Rejects(connection, self.name, self._settings.spark.reject_limit)
        rejects.open()
        progress = Progress(connection, self.name, broker, self._ledger)
        progress.start()
        self._staging = staging
        self._recover = partial(
            recover,
            connection,
            self._ledger,
            staging,
            rejects,
            lambda: broker.topics(self._ledger.topics),
        )
        self._merger = Merger(
            connection,
            broker=broker,
            ledger=self._ledger,
            staging=staging,
            progress=progress,
            log_reader=LogReader(self._settings.kafka.bootstrap),
            merge_tables=self._job.merge,
            rejects=rejects,
            retries=self._retries,
            recover=self._recover,
        )
        self._open_things.callback(self._merger.close)

    def start(self, session: SparkSession) -> None:
        records = read_stream(
            session,
            self._settings.kafka.bootstrap,
            self._topics,
            self._ledger.next_offsets,
            self._settings.spark.max_rows_per_batch,
        )
        self._checkpoint = new_checkpoint(self._settings.data_dir, self.name)
        self.query = (
            records.mapInArrow(
                partial(run_in_worker, self._job.stage), from_arrow_schema(self._job.schema)
            )
            .writeStream.queryName(self.name)
            .foreachBatch(self._batches.take)
            .trigger(processingTime=f"{self._job.every_s} seconds")
            .option("checkpointLocation", str(self._checkpoint))
            .start()
        )
        logger.info(
            "job started", extra={"job": self.name, "from": _short(self._ledger.next_offsets)}
        )

    def _store(self, rows: DataFrame, batch_id: int) -> None:
        began_s = time.monotonic()
        table = self._staging.tables[next(self._turns)]

        def write() -> None:
            self._staging.write(rows, table)

        def renew() -> None:
            nonlocal table
            self._merger.wait()  # the connection is its, and it may be about to recover it
            self._recover()
            table = self._staging.renew(table)

        self._retries.run(write, renew)
        self._merger.submit(table, began_s, batch_ends(self._checkpoint, batch_id))

    def check(self) -> None:
        try:
            self._batches.check()
            self._merger.check()
        except DatabaseError as error:
            raise _meaning(error, "MySQL refused a batch, and nothing of it is stored") from error

    def finish(self) -> None:
        self._stop.set()
        self._batches.finish()

    def close(self) -> None:
        """A merge that runs is let finish."""
        self._open_things.close()
        if self.query is not None:
            logger.info(
                "job ended", extra={"job": self.name, "at": _short(self._ledger.next_offsets)}
            )


def _meaning(error: DatabaseError, what: str) -> TidemarkError:
    """Return what a database error that is not tried again means to whoever runs the job."""
    told = f"{what}: {error}"
    return RefusedError(told) if mysql.is_refusal(error) else StreamError(told)


def _short(offsets: dict[tuple[str, int], int]) -> str:
    return ",".join(
        f"{topic}/{partition}:{offset}" for (topic, partition), offset in sorted(offsets.items())
    )
