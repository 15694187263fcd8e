"""The progress of each job: its rates over the last minute, and the records that wait for it in Kafka."""

from dataclasses import dataclass
from typing import Any, Final

from kafka import TopicPartition
from kafka.admin import OffsetSpec

from tidemark import mysql
from tidemark.settings import Settings
from tidemark.stack.broker import administer

WINDOW_S: Final = 60

_LAST_MINUTE: Final = """
SELECT job, SUM(rows_read), SUM(rows_rejected), SUM(batches), SUM(busy_ms), MAX(max_batch_ms),
       TIMESTAMPDIFF(SECOND, MIN(at), UTC_TIMESTAMP())
FROM job_progress WHERE at >= UTC_TIMESTAMP() - INTERVAL %s SECOND GROUP BY job
"""


@dataclass(frozen=True)
class TopicProgress:
    """A job's records of a topic: merged, and still waiting in Kafka."""

    topic: str
    merged: int
    waiting: int


@dataclass(frozen=True)
class JobProgress:
    """A job's rates and times over the last minute; None if it had no batch in that minute."""

    job: str
    rows_per_s: float
    rejected_per_s: float
    batch_ms: float | None
    max_batch_ms: float | None
    topics: tuple[TopicProgress, ...]


def read_progress(settings: Settings) -> list[JobProgress]:
    """Return the progress of every job that has a ledger, by name."""
    with mysql.connect(settings.mysql, "writer") as connection, connection.cursor() as cursor:
        ledger = _read_ledger(cursor)
        rates = _read_rates(cursor)
    partitions = {partition for offsets in ledger.values() for partition in offsets}
    ends = _end_offsets(settings, partitions)
    return [
        _job_progress(job, offsets, ends, rates.get(job)) for job, offsets in sorted(ledger.items())
    ]


def _read_ledger(cursor: Any) -> dict[str, dict[TopicPartition, int]]:
    cursor.execute("SELECT job, topic, kafka_partition, next_offset FROM ledger")
    ledger: dict[str, dict[TopicPartition, int]] = {}
    for job, topic, number, next_offset in cursor.fetchall():
        partition = TopicPartition(_text(topic), number)
        ledger.setdefault(_text(job), {})[partition] = next_offset
    return ledger


def _read_rates(cursor: Any) -> dict[str, tuple[float, ...]]:
    cursor.execute(_LAST_MINUTE, (WINDOW_S,))
    return {_text(job): tuple(map(float, sums)) for job, *sums in cursor.fetchall()}


def seconds_since_merge(settings: Settings, job: str) -> int | None:
    """Return the seconds since the job last merged a batch, to ten seconds; None if it never did."""
    with mysql.connect(settings.mysql, "writer") as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT TIMESTAMPDIFF(SECOND, MAX(at), UTC_TIMESTAMP()) FROM job_progress WHERE job = %s AND batches > 0",
            (job,),
        )
        (seconds,) = cursor.fetchone()
    return None if seconds is None else int(seconds)


def _job_progress(
    job: str,
    next_offsets: dict[TopicPartition, int],
    ends: dict[TopicPartition, int],
    rates: tuple[float, ...] | None,
) -> JobProgress:
    read, rejected, batches, busy_ms, max_batch_ms, seconds = rates or (0, 0, 0, 0, 0, 0)
    topics = []
    for topic in sorted({partition.topic for partition in next_offsets}):
        offsets = [(at, ends[of]) for of, at in next_offsets.items() if of.topic == topic]
        merged = sum(at for at, _ in offsets)
        waiting = sum(max(0, end - at) for at, end in offsets)
        topics.append(TopicProgress(topic, merged, waiting))
    return JobProgress(
        job,
        rows_per_s=read / max(seconds, 1),
        rejected_per_s=rejected / max(seconds, 1),
        batch_ms=busy_ms / batches if batches else None,
        max_batch_ms=max_batch_ms if batches else None,
        topics=tuple(topics),
    )


def _end_offsets(settings: Settings, partitions: set[TopicPartition]) -> dict[TopicPartition, int]:
    if not partitions:
        return {}
    with administer(settings.kafka) as admin:
        found = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return {partition: end.offset for partition, end in found.items()}


def _text(value: Any) -> str:
    """Return text: on some servers the connector returns columns with a binary collation as bytes."""
    return value.decode() if isinstance(value, bytes | bytearray) else str(value)
