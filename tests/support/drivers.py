"""The driver of posts without Spark (job_drivers.py), and what its tables hold."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from job_drivers import TOPIC_ID, JobDriver, job_driver
from kafka_records import Record
from recompute import Rows, Tables, in_order, recompute

from spark_jobs.merges.run import Run
from spark_jobs.merging.broker import TopicState
from spark_jobs.merging.retries import PATIENCE_S
from spark_jobs.posts_job import JOB
from tidemark import mysql
from tidemark.settings import MysqlSettings

Driver = JobDriver

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


def topic_states(
    *, earliest: int = 0, latest: int = 10**9, topic_id: str = TOPIC_ID
) -> list[TopicState]:
    """Topic `posts` with three partitions, and `rejected` with one."""
    return [
        TopicState(
            "posts", topic_id, dict.fromkeys(range(3), earliest), dict.fromkeys(range(3), latest)
        ),
        TopicState("rejected", topic_id, {0: earliest}, {0: latest}),
    ]


@contextmanager
def driver(
    settings: MysqlSettings,
    *,
    merge: Callable[[Run], None] = JOB.merge,
    reject_limit: int = 1_000,
    topics: Sequence[TopicState] | None = None,
    patience_s: float = PATIENCE_S,
) -> Iterator[Driver]:
    """Holds the lock of job `posts` until it is left."""
    job = replace(JOB, merge=merge)
    topics = topics or topic_states()
    with job_driver(
        settings, job, reject_limit=reject_limit, topics=topics, patience_s=patience_s
    ) as running:
        yield running


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
    rows = ask(
        settings, "SELECT topic, kafka_partition, next_offset FROM ledger WHERE job = 'posts'"
    )
    return {(topic, partition): offset for topic, partition, offset in rows}


def counted_progress(settings: MysqlSettings) -> tuple[int, ...]:
    """Batches, records read, records rejected."""
    (sums,) = ask(
        settings, "SELECT SUM(batches), SUM(rows_read), SUM(rows_rejected) FROM job_progress"
    )
    return tuple(int(found or 0) for found in sums)


def merge_and_check(settings: MysqlSettings, *batches: Sequence[Record]) -> Tables:
    """The tables after the batches, which are what a recompute says."""
    with driver(settings) as running:
        for batch in batches:
            running.merge(batch)
    found = stored(settings)
    assert found == recompute(batches, TOPIC_ID)
    return found


def rows_read(cursor: Any) -> int:
    """Return how many rows this connection has read so far, by whatever way."""
    cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
    return sum(int(count) for _, count in cursor.fetchall())
