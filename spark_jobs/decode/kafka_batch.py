"""A batch of Kafka records, as Spark hands it over in Arrow, with the headers that decoders
need."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from tidemark.contracts.events import REASON_HEADER, RECEIVED_AT_HEADER, SOURCE_HEADER

COLUMNS = ("topic", "partition", "offset", "timestamp", "headers", "value")
"""The columns that a job selects from Kafka, in this order."""

_OFFSETS: dict[pa.DataType, Literal["i", "q"]] = {pa.binary(): "i", pa.large_binary(): "q"}
"""How Arrow writes where each value ends, as `memoryview.cast` names it."""

_MAX_US = 253_402_300_799_999_999  # the end of the year 9999


@dataclass(frozen=True)
class KafkaBatch:
    """Columns of equal length.

    values          payloads, as buffers that are not copied; None for a record without a value
    sources         the source header; None where there is none
    reasons         the reason header, on the `rejected` topic only
    received_at_us  the header, else Kafka's own timestamp
    """

    topics: pa.Array
    partitions: pa.Array
    offsets: pa.Array
    received_at_us: pa.Array
    sources: list[str | None]
    reasons: list[str | None]
    values: pa.Array

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> "KafkaBatch":
        """Read a record batch with COLUMNS."""
        topics, partitions, offsets, timestamps, headers, values = batch.columns
        arrived_us = pc.cast(pc.cast(timestamps, pa.timestamp("us", "UTC")), pa.int64())
        return cls(
            topics=topics,
            partitions=partitions,
            offsets=offsets,
            received_at_us=_received_at_us(header(headers, RECEIVED_AT_HEADER), arrived_us),
            sources=texts(header(headers, SOURCE_HEADER)),
            reasons=texts(header(headers, REASON_HEADER)),
            values=values,
        )

    def payloads(self) -> list[memoryview | None]:
        """Return the values, without a copy."""
        # Scalar by scalar, as pyarrow would have it, this takes as long as to read the JSON.
        first, count = self.values.offset, len(self.values)
        if not count:
            return []
        _, ends, data = self.values.buffers()
        bounds = (
            memoryview(ends).cast(_OFFSETS[self.values.type])[first : first + count + 1].tolist()
        )
        view = memoryview(data or b"")
        known = self.values.is_valid().to_pylist() if self.values.null_count else [True] * count
        return [
            view[a:b] if is_known else None
            for a, b, is_known in zip(bounds[:-1], bounds[1:], known, strict=True)
        ]


def header(headers: pa.Array, name: str) -> pa.Array:
    """Return the value of a header for each record, null where it is missing; of several with the
    name, the last."""
    rows = pc.list_parent_indices(headers)
    entries = headers.flatten()
    found = pc.equal(entries.field("key"), name)
    rows, values = rows.filter(found), entries.field("value").filter(found)
    at: list[int | None] = [None] * len(headers)
    for place, row in enumerate(rows.to_pylist()):
        at[row] = place
    return values.take(pa.array(at, pa.int64()))


def texts(values: pa.Array) -> list[str | None]:
    return [
        None if value is None else value.decode("utf-8", "replace") for value in values.to_pylist()
    ]


def _received_at_us(stated: pa.Array, arrived_us: pa.Array) -> pa.Array:
    pairs = zip(stated.to_pylist(), arrived_us.to_pylist(), strict=True)
    return pa.array([_instant_us(text, arrived) for text, arrived in pairs], pa.int64())


def _instant_us(text: bytes | None, arrived_us: int) -> int:
    if (
        text is not None
        and text.isdigit()
        and len(text) < 19
        and (stated_us := int(text)) <= _MAX_US
    ):
        return stated_us
    return arrived_us
