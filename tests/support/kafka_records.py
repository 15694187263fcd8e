"""Kafka records as Spark hands them to mapInArrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

ARRIVED_AT = datetime(2026, 3, 1, 12, 35, 0, 250_000, tzinfo=UTC)
RECEIVED_US = 1_772_368_497_000_123
RECEIVED_AT = "2026-03-01 12:34:57.000123"

SCHEMA = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("timestamp", pa.timestamp("us", "UTC")),
        ("headers", pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))),
        ("value", pa.binary()),
    ]
)

Headers = Sequence[tuple[str, bytes | None]] | None


def headers_of(source: str = "x", received_us: int = RECEIVED_US) -> list[tuple[str, bytes | None]]:
    return [
        ("source", source.encode()),
        ("event_id", b"x:9001"),
        ("received_at", str(received_us).encode()),
        ("rules", b"made up"),
    ]


@dataclass(frozen=True)
class Record:
    """One record; headers None is what Spark gives where a record has none."""

    value: bytes | None
    offset: int = 0
    partition: int = 0
    topic: str = "posts"
    headers: Headers = tuple(headers_of())
    arrived_at: datetime = ARRIVED_AT

    def row(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "timestamp": self.arrived_at,
            "headers": None
            if self.headers is None
            else [{"key": key, "value": value} for key, value in self.headers],
            "value": self.value,
        }


def record_batch(records: Sequence[Record]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([record.row() for record in records], schema=SCHEMA)


def lay(values: Sequence[bytes], partitions: Sequence[int] | None = None) -> list[Record]:
    """Records with the offsets they get in their partitions."""
    offsets = [0, 0, 0]
    records = []
    for at, value in enumerate(values):
        partition = partitions[at] if partitions else 0
        headers = headers_of("x", RECEIVED_US + at * 1_001)
        records.append(Record(value, offsets[partition], partition, headers=headers))
        offsets[partition] += 1
    return records
