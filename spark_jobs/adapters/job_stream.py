"""The stream of a job: Kafka → staged by Spark → merged into MySQL, behind the fence."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial

from mysql.connector import Error as DatabaseError
from mysql.connector import errorcode
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.streaming import StreamingQuery

from spark_jobs.adapters.batches import Batches
from spark_jobs.adapters.broker import KafkaBroker
from spark_jobs.adapters.checkpoint import Checkpoint
from spark_jobs.adapters.log_reader import KafkaLogReader
from spark_jobs.adapters.staging_writer import StagingWriter
from spark_jobs.adapters.stream import read_stream
from spark_jobs.adapters.worker import run_in_worker
from spark_jobs.job import Job
from spark_jobs.merging.fence import Place
from spark_jobs.merging.retries import Retries
from spark_jobs.merging.session import open_merge
from tidemark import mysql
from tidemark.errors import RefusedError, StreamError, TidemarkError, UnpreparedError
from tidemark.settings import Settings

logger = logging.getLogger(__name__)


def job_stream(job: Job) -> Callable[[Settings], "JobStream"]:
    """Return what makes the stream of this job, for driver.main."""
    return partial(JobStream, job)


class JobStream:
    """A driver's Stream (driver.py): a job's query, and the merge session that it feeds."""

    def __init__(self, job: Job, settings: Settings) -> None:
        self.name = job.name
        self.query: StreamingQuery | None = None
        self._job = job
        self._settings = settings
        self._open_things = ExitStack()
        self._batches = Batches(self._store)
        self._stop = threading.Event()
        self._retries = Retries(self._stop, job.name)

    def open(self) -> None:
        """Open the merge session."""
        try:
            self._open()
        except DatabaseError as error:
            if error.errno == errorcode.ER_NO_SUCH_TABLE:
                raise UnpreparedError(
                    f"{error.msg}; `tidemark prepare` makes the tables"
                ) from error
            raise _meaning(error, "MySQL failed as the job began") from error

    def _open(self) -> None:
        kafka, database = self._settings.kafka, self._settings.mysql
        broker = self._open_things.enter_context(closing(KafkaBroker(kafka.bootstrap)))
        log_reader = KafkaLogReader(kafka.bootstrap)
        opened = open_merge(self._job, self._settings, broker, log_reader, retries=self._retries)
        self._merge = self._open_things.enter_context(opened)
        self._merge.progress.start()
        staging = self._merge.staging
        self._writer = StagingWriter(self._merge.connection, database, staging.database)

    def start(self, session: SparkSession) -> None:
        """Start the query."""
        records = read_stream(
            session,
            self._settings.kafka.bootstrap,
            self._merge.topics,
            self._merge.ledger.next_offsets,
            self._settings.spark.max_rows_per_batch,
        )
        stage = partial(run_in_worker, self._job.stage_by(self._settings))
        staged = records.mapInArrow(stage, from_arrow_schema(self._job.schema))
        self._checkpoint = Checkpoint.new(self._settings.data_dir, self.name)
        self.query = self._batches.start(staged, self.name, self._checkpoint, self._job.every_s)
        self._log("job started", "from")

    def _store(self, rows: DataFrame, batch_id: int) -> None:
        began_s = time.monotonic()
        merge = self._merge
        table = merge.staging.next_table()

        def write() -> None:
            self._writer.write(rows, table)

        def renew() -> None:
            nonlocal table
            merge.merger.wait()  # the connection is its, and it may be about to recover it
            merge.recover()
            table = merge.staging.renew(table)

        self._retries.run(write, renew)
        merge.merger.submit(table, began_s, self._checkpoint.ends(batch_id))

    def check(self) -> None:
        """Raise what staging or merging a batch has raised."""
        try:
            self._batches.check()
            self._merge.merger.check()
        except DatabaseError as error:
            raise _meaning(error, "MySQL refused a batch, and nothing of it is stored") from error

    def finish(self) -> None:
        """Stop retrying, and wait for the current batch."""
        self._stop.set()
        self._batches.finish()

    def close(self) -> None:
        """Close the session; a merge that runs is finished first."""
        self._open_things.close()
        if self.query is not None:
            self._log("job ended", "at")

    def _log(self, event: str, field: str) -> None:
        offsets = _short(self._merge.ledger.next_offsets)
        logger.info(event, extra={"job": self.name, field: offsets})


def _meaning(error: DatabaseError, what: str) -> TidemarkError:
    """Return what a database error that is not retried means to whoever runs the job."""
    message = f"{what}: {error}"
    return RefusedError(message) if mysql.is_refusal(error) else StreamError(message)


def _short(offsets: dict[Place, int]) -> str:
    in_order = sorted(offsets.items())
    return ",".join(f"{topic}/{partition}:{offset}" for (topic, partition), offset in in_order)
