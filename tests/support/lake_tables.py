"""A small table of the lake, filled as a driver fills it, without Kafka or Spark."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kafka_records import Record, headers_of, record_batch

from spark_jobs.adapters.lake_files import file_of, write_files
from spark_jobs.decode.lake_rows import LAKE_TOPICS
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakeLocation
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.reader import Span, read
from tidemark.lake.table import LakeTable

TOPIC_ID = "T0piC-0123456789abcdef"
MIDNIGHT_US = 1_772_323_200_000_000
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def records(
    values: Sequence[bytes | None],
    *,
    first: int = 0,
    partition: int = 0,
    received_us: int = MIDNIGHT_US,
) -> list[Record]:
    """One a millisecond, from `received_us` on."""
    return [
        Record(value, first + at, partition, headers=headers_of("x", received_us + 1_000 * at))
        for at, value in enumerate(values)
    ]


def posts_table(folder: Path, topic: str = "posts") -> LakeTable:
    return LakeTable.make(LakeLocation(str(folder)), topic, LAKE_TOPICS[topic].schema)


def written(table: LakeTable, batch: Sequence[Record], topic_id: str = TOPIC_ID) -> list[LakeFile]:
    """Files of the records, not committed."""
    rows = write_files(table.location, table.topic, topic_id, iter([record_batch(batch)]))
    return [file_of(_Row(row)) for part in rows for row in part.to_pylist()]


def add(table: LakeTable, batch: Sequence[Record]) -> None:
    """Commit the records as the next of their partitions."""
    before = table.offsets
    offsets = dict(before.next_offsets) if before else {}
    offsets |= {record.partition: record.offset + 1 for record in batch}
    table.append(written(table, batch), before, LakeOffsets(TOPIC_ID, offsets))


def rows_of(
    table: LakeTable, columns: Sequence[str], span: Span | None = None
) -> list[dict[str, Any]]:
    return [
        row
        for batch in read(table, columns, span or Span(), table.files())
        for row in batch.to_pylist()
    ]


def places(table: LakeTable, span: Span | None = None) -> list[tuple[int, int]]:
    """(partition, offset) of each row, in order."""
    found = rows_of(table, ["kafka_partition", "kafka_offset"], span)
    return [(row["kafka_partition"], row["kafka_offset"]) for row in found]


class _Row(dict[str, Any]):
    """As much of Spark's Row as a driver asks for."""

    def asDict(self) -> dict[str, Any]:
        return self
