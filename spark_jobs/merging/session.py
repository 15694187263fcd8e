"""A merge session: the connection that holds a job's lock, and all that merges on it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from spark_jobs.job import Job
from spark_jobs.merging.broker import Broker, LogReader, TopicState
from spark_jobs.merging.connection import check_tables, prepare, recover
from spark_jobs.merging.ledger import Ledger
from spark_jobs.merging.merger import Merger
from spark_jobs.merging.progress import Progress
from spark_jobs.merging.rejects import Rejects
from spark_jobs.merging.retries import Retries
from spark_jobs.merging.staging import Staging
from tidemark import mysql
from tidemark.settings import Settings


@dataclass(frozen=True)
class MergeSession:
    """The parts of one driver of a job; they share the connection, which is the merger's while a
    merge runs.

    topics   as the broker had them when the session was opened
    recover  undoes what is open, and connects again where the connection is lost (connection.py)
    """

    connection: Any
    topics: Sequence[TopicState]
    ledger: Ledger
    staging: Staging
    progress: Progress
    merger: Merger
    recover: Callable[[], None]


@contextmanager
def open_merge(
    job: Job,
    settings: Settings,
    broker: Broker,
    log_reader: LogReader,
    *,
    retries: Retries | None = None,
    from_start: bool = False,
) -> Iterator[MergeSession]:
    """Yield a session that may merge the job's batches; at the end a merge that runs is finished.

    retries     with it, a submitted merge that fails in passing is done again
    from_start  each topic begins at its earliest record, whatever the ledger says

    Raises UnpreparedError or MigrationError where the tables do not fit the code, SecondDriverError
    where another driver holds the job's lock, TopicReplacedError or GapError where the broker's
    topics are not those of the ledger, and mysql.connector's errors. Closes `log_reader`.
    """
    with mysql.connect(settings.mysql, "writer") as connection:
        prepare(connection)
        check_tables(connection)
        ledger = Ledger(connection, job.name, settings.mysql)
        ledger.lock()
        topics = broker.topics([topic.name for topic in job.reads])
        staging = Staging(
            connection, settings.mysql, job.name, job.staging_columns, job.counted_columns
        )
        # Before the ledger is read: a former driver that still runs has no tables left to merge.
        staging.make()
        if from_start:
            ledger.reset([topic.name for topic in topics])
        ledger.open(topics)
        rejects = Rejects(connection, job.name, settings.spark.reject_limit)
        rejects.open()
        progress = Progress(connection, job.name, broker, ledger)
        recover_all = partial(recover, connection, broker, ledger, staging, rejects)
        merger = Merger(
            connection,
            broker=broker,
            ledger=ledger,
            staging=staging,
            progress=progress,
            log_reader=log_reader,
            merge_tables=job.merge,
            rejects=rejects,
            retries=retries,
            recover=recover_all,
        )
        try:
            yield MergeSession(connection, topics, ledger, staging, progress, merger, recover_all)
        finally:
            merger.close()
