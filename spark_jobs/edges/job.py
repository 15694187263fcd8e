"""What a job is, and how any job runs: Kafka → staged → merged, behind the fence."""

import itertools
import logging
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from mysql.connector import Error as DatabaseError
from py4j.protocol import Py4JError
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame
from pyspark.sql.streaming import StreamingQuery

from spark_jobs.edges.broker import Broker
from spark_jobs.edges.ledger import Ledger
from spark_jobs.edges.merger import Merger
from spark_jobs.edges.progress import Progress
from spark_jobs.edges.session import start_session
from spark_jobs.edges.staging import Staging
from spark_jobs.edges.stream import read_stream
from spark_jobs.merges.statement import Statement
from tidemark import log, mysql
from tidemark.contracts.topics import Topic
from tidemark.errors import StreamError, TidemarkError
from tidemark.settings import Settings, load, under_spark_submit

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
STAGE_WITHIN_S = 10.0
"""How long a job that is to stop lets Spark finish the batch at hand."""


@dataclass(frozen=True)
class Job:
    """All that tells one job from another.

    stage            Arrow batches of kafka_batch.COLUMNS → rows for the staging table
    schema           its columns, as Spark writes them
    staging_columns  its columns and key, as MySQL writes them
    counted_columns  those of the temporary table that `merge` may count into
    merge            what makes tables of a staging table, in order, in one transaction
    """

    name: str
    reads: tuple[Topic, ...]
    stage: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
    schema: str
    staging_columns: str
    counted_columns: str
    merge: tuple[Statement, ...]


def main(job: Job) -> int:
    """Run until SIGTERM or SIGINT; the exit code. What stopped a job is one line in its log."""
    log.configure()
    try:
        settings = load()
        log.configure(settings.log_level)
        run(job, settings, stop_on_signals())
    except TidemarkError as error:
        logger.error("job stopped: %s", error, extra={"job": job.name})
        return 1
    return 0


def stop_on_signals() -> threading.Event:
    """Set by the first SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def run(job: Job, settings: Settings, stop: threading.Event) -> None:
    """Run `job` until `stop` is set. Raises the TidemarkError that ended it."""
    with ExitStack() as open_things:
        connection = open_things.enter_context(mysql.connect(settings.mysql, "writer"))
        _prepare(connection)
        broker = open_things.enter_context(closing(Broker(settings.kafka.bootstrap)))
        ledger = Ledger(connection, job.name, settings.mysql.database)
        ledger.lock()
        topics = broker.topics([topic.name for topic in job.reads])
        ledger.open(topics)
        staging = Staging(connection, settings.mysql, job.name, job.staging_columns)
        staging.make(job.counted_columns)
        progress = Progress(connection, job.name, broker, ledger)
        progress.start()
        session = start_session(job.name, None if under_spark_submit() else settings.jars_dir / "spark")
        open_things.callback(session.stop)
        merger = Merger(
            connection,
            broker=broker,
            ledger=ledger,
            staging=staging,
            progress=progress,
            statements=job.merge,
            reject_limit=settings.spark.reject_limit,
        )
        records = read_stream(
            session, settings.kafka.bootstrap, topics, ledger.next_offsets, settings.spark.max_rows_per_batch
        )
        batches = _Batches(staging, merger)
        query = (
            records.mapInArrow(job.stage, job.schema)
            .writeStream.foreachBatch(batches.take)
            .option("checkpointLocation", str(_new_checkpoint(settings.data_dir, job.name)))
            .start()
        )
        logger.info("job ready", extra={"job": job.name, "from": _short(ledger.next_offsets)})
        try:
            _watch(query, batches, merger, stop)
        finally:
            batches.close()
            _stop(query, merger)
        logger.info("job stopped", extra={"job": job.name, "at": _short(ledger.next_offsets)})


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
        """Raise what a batch has raised."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Let the batch at hand be staged, for STAGE_WITHIN_S at most, and take no other: the ledger still wants it.

        Spark, stopped amid its tasks, fills the log with what their ends tell each other.
        """
        self._closed = True
        self._busy.acquire(timeout=STAGE_WITHIN_S)


def _watch(query: StreamingQuery, batches: _Batches, merger: Merger, stop: threading.Event) -> None:
    """Until `stop` is set; raises what ended the stream before."""
    try:
        while not stop.is_set():
            query.awaitTermination(LOOK_EVERY_S)
            batches.check()
            merger.check()
    except StreamingQueryException as error:
        raise StreamError(f"Spark ended the stream: {_cause(error)}") from error
    except DatabaseError as error:
        raise StreamError(f"MySQL refused a batch, and nothing of it is stored: {error}") from error


def _stop(query: StreamingQuery, merger: Merger) -> None:
    """A merge that runs is let finish."""
    try:
        query.stop()
    except (Py4JError, OSError):
        # A signal to the whole process group ends the JVM before us.
        logger.info("Spark is gone already")
    merger.close()


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


def _cause(error: StreamingQueryException) -> str:
    """The last `Caused by` or exception line of a long Java text: the one that says what happened."""
    lines = [line.strip() for line in str(error).splitlines() if "Error" in line or "Exception" in line]
    return (lines or [str(error)])[-1][:500]
