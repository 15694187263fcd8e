"""A job's driver without Spark: batches of made-up records, staged and merged into a real database."""

import itertools
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kafka_records import Record, record_batch
from recompute import Rows, Tables, in_order, recompute

from spark_jobs.decode.staged import SCHEMA, stage_posts
from spark_jobs.edges.broker import TopicState
from spark_jobs.edges.ledger import Ledger
from spark_jobs.edges.merger import Merger
from spark_jobs.edges.progress import Progress
from spark_jobs.edges.staging import Staging
from spark_jobs.merges.posts import COUNTED_COLUMNS, MERGE, STAGING_COLUMNS
from spark_jobs.merges.statement import Statement
from tidemark import mysql
from tidemark.settings import MysqlSettings

TOPIC_ID = "T0piC-0123456789abcdef"

TABLES = {
    "posts": "*",
    "post_minutes": "*",
    "users": "*",
    "hashtags": "*",
    "hashtag_minutes": "minute_at, source, hashtag, uses",
    "hashtag_hours": "hour_at, source, hashtag, uses",
    "hashtag_days": "day_at, source, hashtag, uses",
    "rejected": "topic_id, kafka_partition, kafka_offset, topic, source, reason, payload, received_at",
}


class SilentBroker:
    """Stands in for the broker where a driver asks how much is left, and of which topic."""

    def __init__(self, topic_ids: dict[str, str]) -> None:
        self.ids = topic_ids

    def topic_ids(self, names: Collection[str]) -> dict[str, str]:
        return {name: self.ids[name] for name in names}

    def latest(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return dict.fromkeys(places, 0)


def topic_states(*, earliest: int = 0, latest: int = 10**9, topic_id: str = TOPIC_ID) -> list[TopicState]:
    """Topic `posts` with three partitions, and `rejected` with one."""
    return [
        TopicState("posts", topic_id, dict.fromkeys(range(3), earliest), dict.fromkeys(range(3), latest)),
        TopicState("rejected", topic_id, {0: earliest}, {0: latest}),
    ]


@dataclass
class Driver:
    connection: Any
    staging: Staging
    merger: Merger
    ledger: Ledger
    broker: SilentBroker
    _turns: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._turns = itertools.cycle(self.staging.tables)

    def merge(self, records: Sequence[Record]) -> None:
        """One batch, all of it or none."""
        self.merger.merge(self.stage(records), time.monotonic())

    def stage(self, records: Sequence[Record]) -> str:
        """The table that holds them now."""
        table = next(self._turns)
        rows = [
            tuple(row.values()) for batch in stage_posts(iter([record_batch(records)])) for row in batch.to_pylist()
        ]
        marks = ", ".join(["%s"] * len(SCHEMA.names))
        with self.connection.cursor() as cursor:
            if rows:
                cursor.executemany(f"INSERT INTO {table} ({', '.join(SCHEMA.names)}) VALUES ({marks})", rows)
        self.connection.commit()
        return table


@contextmanager
def driver(
    settings: MysqlSettings,
    *,
    statements: Sequence[Statement] = MERGE,
    reject_limit: int = 1_000,
    topics: Sequence[TopicState] | None = None,
) -> Iterator[Driver]:
    """Holds the lock of job `posts` until it is left."""
    with mysql.connect(settings, "writer") as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        ledger = Ledger(connection, "posts", settings.database)
        ledger.lock()
        ledger.open(topics or topic_states())
        broker = SilentBroker({topic.name: topic.topic_id for topic in topics or topic_states()})
        staging = Staging(connection, settings, "posts", STAGING_COLUMNS)
        staging.make(COUNTED_COLUMNS)
        merger = Merger(
            connection,
            broker=broker,  # type: ignore[arg-type]
            ledger=ledger,
            staging=staging,
            progress=Progress(connection, "posts", broker, ledger),  # type: ignore[arg-type]
            statements=statements,
            reject_limit=reject_limit,
        )
        yield Driver(connection, staging, merger, ledger, broker)
        merger.close()


def ask(settings: MysqlSettings, question: str) -> Rows:
    with mysql.connect(settings, "reader") as connection, connection.cursor() as cursor:
        cursor.execute(question)
        rows: Rows = cursor.fetchall()
        return rows


def stored(settings: MysqlSettings) -> Tables:
    """Every table that a merge writes, as recompute() gives it."""
    with mysql.connect(settings, "reader") as connection, connection.cursor() as cursor:
        found: Tables = {}
        for table, columns in TABLES.items():
            cursor.execute(f"SELECT {columns} FROM {table}")
            found[table] = in_order(cursor.fetchall())
        return found


def next_offsets(settings: MysqlSettings) -> dict[tuple[str, int], int]:
    rows = ask(settings, "SELECT topic, kafka_partition, next_offset FROM ledger WHERE job = 'posts'")
    return {(topic, partition): offset for topic, partition, offset in rows}


def counted_progress(settings: MysqlSettings) -> tuple[int, ...]:
    """Batches, records read, records rejected."""
    (sums,) = ask(settings, "SELECT SUM(batches), SUM(rows_read), SUM(rows_rejected) FROM job_progress")
    return tuple(int(found or 0) for found in sums)


def merge_and_check(settings: MysqlSettings, *batches: Sequence[Record]) -> Tables:
    """The tables after the batches, which are what a recompute says."""
    with driver(settings) as running:
        for batch in batches:
            running.merge(batch)
    found = stored(settings)
    assert found == recompute(batches, TOPIC_ID)
    return found
