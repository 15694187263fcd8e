"""The driver of any job without Spark: batches of made-up records, staged and merged into a real
database."""

import itertools
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kafka_records import Record, record_batch

from spark_jobs.adapters.broker import TopicState
from spark_jobs.adapters.connection import prepare, recover
from spark_jobs.adapters.job import Job
from spark_jobs.adapters.log_reader import LogReader
from spark_jobs.merging.ledger import Ledger
from spark_jobs.merging.merger import NO_ENDS, Merger
from spark_jobs.merging.progress import Progress
from spark_jobs.merging.rejects import Rejects
from spark_jobs.merging.retries import PATIENCE_S, Retries
from spark_jobs.merging.staging import Staging
from tidemark import mysql
from tidemark.settings import MysqlSettings

TOPIC_ID = "T0piC-0123456789abcdef"


class SilentBroker:
    """Stands in for the broker where a driver asks how much is left, and of which topic."""

    def __init__(self, topic_ids: dict[str, str]) -> None:
        self.ids = topic_ids

    def topic_ids(self, names: Collection[str]) -> dict[str, str]:
        return {name: self.ids[name] for name in names}

    def latest(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return dict.fromkeys(places, 0)


class SilentLog(LogReader):
    """Stands in for Kafka where a merger asks what a consumer finds: all offsets, but for those in
    `without_record`."""

    def __init__(self) -> None:
        self.without_record: set[int] = set()
        self.asked: list[tuple[int, int]] = []

    def offsets(self, place: tuple[str, int], first: int, end: int) -> list[int]:
        self.asked.append((first, end))
        return [offset for offset in range(first, end) if offset not in self.without_record]

    def close(self) -> None:
        pass


@dataclass
class JobDriver:
    job: Job
    connection: Any
    staging: Staging
    merger: Merger
    ledger: Ledger
    broker: SilentBroker
    log: SilentLog
    _turns: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._turns = itertools.cycle(self.staging.tables)

    def merge(
        self, records: Sequence[Record], ends: Mapping[tuple[str, int], int] = NO_ENDS
    ) -> None:
        """One batch, all of it or none."""
        self.merger.merge(self.stage(records), time.monotonic(), ends)

    def stage(self, records: Sequence[Record]) -> str:
        """The table that holds them now."""
        table = next(self._turns)
        rows = [
            row
            for batch in self.job.stage(iter([record_batch(records)]))
            for row in batch.to_pylist()
        ]
        names = list(rows[0]) if rows else []
        marks = ", ".join(["%s"] * len(names))
        with self.connection.cursor() as cursor:
            if rows:
                values = [tuple(row.values()) for row in rows]
                cursor.executemany(
                    f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values
                )
        self.connection.commit()
        return table


@contextmanager
def job_driver(
    settings: MysqlSettings,
    job: Job,
    *,
    reject_limit: int = 1_000,
    topics: Sequence[TopicState] | None = None,
    patience_s: float = PATIENCE_S,
) -> Iterator[JobDriver]:
    """Holds the job's lock until it is left; its topics have three partitions where nothing else is
    said."""
    topics = topics or [
        TopicState(topic.name, TOPIC_ID, dict.fromkeys(range(3), 0), dict.fromkeys(range(3), 10**9))
        for topic in job.reads
    ]
    with mysql.connect(settings, "writer") as connection:
        prepare(connection)
        ledger = Ledger(connection, job.name, settings)
        ledger.lock()
        ledger.open(topics)
        broker = SilentBroker({topic.name: topic.topic_id for topic in topics})
        staging = Staging(connection, settings, job.name, job.staging_columns, job.counted_columns)
        staging.make()
        log_reader = SilentLog()
        rejects = Rejects(connection, job.name, reject_limit)
        rejects.open()
        merger = Merger(
            connection,
            broker=broker,  # type: ignore[arg-type]
            ledger=ledger,
            staging=staging,
            progress=Progress(connection, job.name, broker, ledger),  # type: ignore[arg-type]
            log_reader=log_reader,
            merge_tables=job.merge,
            rejects=rejects,
            retries=Retries(threading.Event(), job.name, patience_s),
            recover=partial(recover, connection, ledger, staging, rejects, lambda: topics),
        )
        yield JobDriver(job, connection, staging, merger, ledger, broker, log_reader)
        merger.close()
