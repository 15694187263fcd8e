"""Kafka records of topic `edits` in, rows of its staging table out. Runs in Spark's Python workers,
and in any test.

A record is one row, an edit or a reason. Each column travels by itself: all of Wikimedia makes some
forty edits a second, so that packing them, as posts are (fixed_width.py), would save nothing that
shows.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.clocks import clamped, latest_instants_ms
from spark_jobs.decode.edit import Edit
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.record_rows import record_rows
from spark_jobs.decode.wikimedia import decode_wikimedia
from tidemark.contracts.reasons import Reason

Decoder = Callable[[memoryview], Edit | Rejected]

DECODERS: dict[str, Decoder] = {
    "wikimedia": decode_wikimedia,
    "sample_wikimedia": decode_wikimedia,
}
"""A decoder for each value of the `source` header."""

DEFAULT_SOURCE = "wikimedia"
"""What a record without the header is taken for: raw events, sent by any plain Kafka client, are
welcome."""

_OF_EDIT = {
    "edit_id": pa.string(),
    "wiki": pa.string(),
    "type": pa.string(),
    "title": pa.string(),
    "namespace": pa.int64(),
    "user_name": pa.string(),
    "is_bot": pa.int64(),
    "is_minor": pa.int64(),
    "bytes_added": pa.int64(),
    "bytes_removed": pa.int64(),
}

SCHEMA = pa.schema(
    [
        ("topic", pa.string()),
        ("kafka_partition", pa.int64()),
        ("kafka_offset", pa.int64()),
        ("received_at", pa.string()),
        ("source", pa.string()),
        ("reason", pa.string()),
        ("created_at", pa.string()),
        *_OF_EDIT.items(),
        ("detail", pa.string()),
        ("payload", pa.binary()),
        ("payload_bytes", pa.int64()),
        ("payload_sha256", pa.string()),
    ]
)
"""What is written to the staging table. Instants are text as MySQL reads it, in UTC; `detail` of an
edit is what was odd about it (contracts/oddities.py), joined by commas."""


def stage_edits(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield rows of SCHEMA for batches with kafka_batch.COLUMNS, one for each record, in order; for
    mapInArrow."""
    for batch in batches:
        records = KafkaBatch.of(batch)
        yield _rows(records, decode(records))


def decode(records: KafkaBatch) -> list[Edit | Rejected]:
    """Return what each record is, in order."""
    outcomes: list[Edit | Rejected] = []
    latest_instants = latest_instants_ms(records.received_at_us)
    for payload, source, latest_ms in zip(
        records.payloads(), records.sources, latest_instants, strict=True
    ):
        decoder = DECODERS.get(source or DEFAULT_SOURCE)
        if payload is None:
            outcomes.append(Rejected(Reason.EMPTY))
        elif decoder is None:
            outcomes.append(Rejected(Reason.UNKNOWN_SOURCE, f"no decoder for {source}"[:255]))
        else:
            outcomes.append(clamped(decoder(payload), latest_ms))
    return outcomes


def _rows(records: KafkaBatch, outcomes: list[Edit | Rejected]) -> pa.RecordBatch:
    edits = [outcome if isinstance(outcome, Edit) else None for outcome in outcomes]
    created_at = pa.array([edit and edit.created_at_ms for edit in edits], pa.timestamp("ms"))
    return record_rows(
        SCHEMA,
        records,
        outcomes,
        source=[_known(source) for source in records.sources],
        created_at=pc.cast(created_at, pa.string()),
        **{name: [_value(edit, name) for edit in edits] for name in _OF_EDIT},
    )


def _value(edit: Edit | None, name: str) -> Any:
    value = None if edit is None else getattr(edit, name)
    return int(value) if isinstance(value, bool) else value


def _known(source: str | None) -> str | None:
    named = source or DEFAULT_SOURCE
    return named if named in DECODERS else None
