"""How far each job has come: its own account of the last minute, and what waits for it in Kafka."""

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
    """waiting: records in Kafka that the job has not merged yet."""

    topic: str
    merged: int
    waiting: int


@dataclass(frozen=True)
class JobProgress:
    """Rates and times over the last minute; None where the job had no batch in it."""

    job: str
    rows_per_s: float
    rejected_per_s: float
    batch_ms: float | None
    max_batch_ms: float | None
    topics: tuple[TopicProgress, ...]


def read_progress(settings: Settings) -> list[JobProgress]:
    """Of every job that has a ledger."""
    with mysql.connect(settings.mysql, "writer") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT job, topic, kafka_partition, next_offset FROM ledger")
        ledger: dict[str, dict[TopicPartition, int]] = {}
        for job, topic, partition, next_offset in cursor.fetchall():
            ledger.setdefault(_text(job), {})[TopicPartition(_text(topic), partition)] = next_offset
        cursor.execute(_LAST_MINUTE, (WINDOW_S,))
        rates = {_text(row[0]): tuple(map(float, row[1:])) for row in cursor.fetchall()}
    ends = _end_offsets(settings, {place for offsets in ledger.values() for place in offsets})
    return [
        _job_progress(job, offsets, ends, rates.get(job)) for job, offsets in sorted(ledger.items())
    ]


def seconds_since_merge(settings: Settings, job: str) -> int | None:
    """Since the ten seconds in which the job last merged a batch; None where it never did."""
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
    for topic in sorted({place.topic for place in next_offsets}):
        places = [place for place in next_offsets if place.topic == topic]
        merged = sum(next_offsets[place] for place in places)
        waiting = sum(max(0, ends[place] - next_offsets[place]) for place in places)
        topics.append(TopicProgress(topic, merged, waiting))
    return JobProgress(
        job,
        rows_per_s=read / max(seconds, 1),
        rejected_per_s=rejected / max(seconds, 1),
        batch_ms=busy_ms / batches if batches else None,
        max_batch_ms=max_batch_ms if batches else None,
        topics=tuple(topics),
    )


def _end_offsets(settings: Settings, places: set[TopicPartition]) -> dict[TopicPartition, int]:
    with administer(settings.kafka) as admin:
        found = (
            admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST)) if places else {}
        )
    return {place: end.offset for place, end in found.items()}


def _text(value: Any) -> str:
    """The connector hands out columns with a binary collation as bytes, on some servers."""
    return value.decode() if isinstance(value, bytes | bytearray) else str(value)
