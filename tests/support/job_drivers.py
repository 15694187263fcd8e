"""The driver of any job without Spark: batches of made-up records, staged and merged into a real
database."""

import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka_records import Record, record_batch

from spark_jobs.job import Job
from spark_jobs.merging.broker import TopicState
from spark_jobs.merging.fence import Place
from spark_jobs.merging.ledger import Ledger
from spark_jobs.merging.merger import NO_ENDS, Merger
from spark_jobs.merging.retries import PATIENCE_S, Retries
from spark_jobs.merging.session import MergeSession, open_merge
from spark_jobs.merging.staging import Staging
from tidemark.settings import MysqlSettings, Settings, SparkSettings

TOPIC_ID = "T0piC-0123456789abcdef"


class SilentBroker:
    """Stands in for the broker: topics that do not change, but for `ids`."""

    def __init__(self, states: Sequence[TopicState]) -> None:
        self._states = states
        self.ids = {state.name: state.topic_id for state in states}

    def topics(self, names: Sequence[str]) -> Sequence[TopicState]:
        return self._states

    def topic_ids(self, names: Collection[str]) -> dict[str, str]:
        return {name: self.ids[name] for name in names}

    def latest(self, places: Sequence[Place]) -> dict[Place, int]:
        return dict.fromkeys(places, 0)


class SilentLog:
    """Stands in for Kafka where a merger asks what a consumer finds: all offsets, but for those in
    `without_record`."""

    def __init__(self) -> None:
        self.without_record: set[int] = set()
        self.asked: list[tuple[int, int]] = []

    def offsets(self, place: Place, first: int, end: int) -> list[int]:
        self.asked.append((first, end))
        return [offset for offset in range(first, end) if offset not in self.without_record]

    def close(self) -> None:
        pass


@dataclass
class JobDriver:
    job: Job
    session: MergeSession
    broker: SilentBroker
    log: SilentLog

    @property
    def connection(self) -> Any:
        return self.session.connection

    @property
    def staging(self) -> Staging:
        return self.session.staging

    @property
    def merger(self) -> Merger:
        return self.session.merger

    @property
    def ledger(self) -> Ledger:
        return self.session.ledger

    def merge(self, records: Sequence[Record], ends: Mapping[Place, int] = NO_ENDS) -> None:
        """One batch, all of it or none."""
        self.merger.merge(self.stage(records), time.monotonic(), ends)

    def stage(self, records: Sequence[Record]) -> str:
        """The table that holds them now."""
        table = self.staging.next_table()
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
    broker, log_reader = SilentBroker(topics), SilentLog()
    loaded = Settings(mysql=settings, spark=SparkSettings(reject_limit=reject_limit))
    retries = Retries(threading.Event(), job.name, patience_s)
    with open_merge(job, loaded, broker, log_reader, retries=retries) as session:
        yield JobDriver(job, session, broker, log_reader)
