"""Kafka records in, rows of the lake out: each record as it came, and beside it what is decoded.

Runs in Spark's Python workers, and in any test. A record is exactly one row, whatever it holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode import stage_edits, stage_engagement, stage_posts
from spark_jobs.decode.kafka_batch import KafkaBatch, header, texts
from spark_jobs.decode.post import Account, Profile, Rejected
from tidemark.contracts.events import EVENT_ID_HEADER, RULES_HEADER
from tidemark.contracts.lake_columns import ColumnType
from tidemark.contracts.topics import EDITS, ENGAGEMENT, POSTS, REJECTED, TOPICS

_INSTANT: Final = pa.timestamp("us", "UTC")
_INSTANTS: Final = ("created_at_ms", "seen_at_ms", "changed_at_ms")

RAW: Final = pa.schema(
    [
        ("value", pa.binary()),
        ("source", pa.string()),
        ("received_at", _INSTANT),
        ("event_id", pa.string()),
        ("rules", pa.string()),
        ("reason", pa.string()),
        ("topic_id", pa.string()),
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
    ]
)
"""A record exactly: its value and its headers, null where it has none, and its place in Kafka.
`received_at` alone is Kafka's own where the header is missing, as in every table."""

_TYPES: Final[Mapping[ColumnType, pa.DataType]] = {
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "number": pa.int64(),
    "flag": pa.bool_(),
    "instant": _INSTANT,
}
_DECODE: Final[Mapping[str, Callable[[KafkaBatch], Sequence[Any]]]] = {
    POSTS.name: stage_posts.decode,
    EDITS.name: stage_edits.decode,
    ENGAGEMENT.name: stage_engagement.decode,
    REJECTED.name: stage_posts.decode,
}


@dataclass(frozen=True)
class LakeTopic:
    """A topic's table: the columns that follow RAW, and what decodes them."""

    name: str
    decoded: pa.Schema
    decode: Callable[[KafkaBatch], Sequence[Any]]

    @property
    def schema(self) -> pa.Schema:
        """Return all columns of the table; the last is the day that it is partitioned by."""
        return pa.schema([*RAW, *self.decoded, ("day", pa.date32())])


LAKE_TOPICS: Final[Mapping[str, LakeTopic]] = {
    name: LakeTopic(
        name,
        pa.schema([(column, _TYPES[kind]) for column, kind in topic.lake_columns.items()]),
        _DECODE[name],
    )
    for name, topic in TOPICS.items()
    if topic.lake_columns
}
"""The topics that have a table in the lake."""


def lake_rows(topic: LakeTopic, topic_id: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with kafka_batch.COLUMNS as rows of `topic.schema`, in order."""
    records = KafkaBatch.of(batch)
    headers = batch["headers"]
    received_at = pc.cast(records.received_at_us, _INSTANT)
    columns: dict[str, Any] = {
        "value": records.values,
        "source": records.sources,
        "received_at": received_at,
        "event_id": texts(header(headers, EVENT_ID_HEADER)),
        "rules": texts(header(headers, RULES_HEADER)),
        "reason": records.reasons,
        "topic_id": [topic_id] * len(batch),
        "kafka_partition": records.partitions,
        "kafka_offset": records.offsets,
        "day": pc.cast(
            pc.floor_temporal(pc.cast(records.received_at_us, pa.timestamp("us")), unit="day"),
            pa.date32(),
        ),
    }
    outcomes = topic.decode(records)
    for column in topic.decoded:
        columns[column.name] = [_field(outcome, column.name) for outcome in outcomes]
    return pa.record_batch(
        [_array(columns[field.name], field.type) for field in topic.schema],
        schema=topic.schema,
    )


def _field(outcome: Any, name: str) -> Any:
    """Return None where this outcome has no such thing: nearly all, where it is no post and no
    refusal.

    `op` of a change of an account is `account_` and its state.
    """
    if name == "reject_reason":
        return outcome.reason.value if isinstance(outcome, Rejected) else None
    if name == "created_at":
        at_ms = next(
            (found for at in _INSTANTS if (found := getattr(outcome, at, None)) is not None), None
        )
        return None if at_ms is None else at_ms * 1_000
    if name == "op" and isinstance(outcome, Profile):
        return "profile"
    if name == "op" and isinstance(outcome, Account):
        return f"account_{outcome.state}"
    return getattr(outcome, name, None)


def _array(found: Any, kind: pa.DataType) -> pa.Array:
    return found if isinstance(found, pa.Array) else pa.array(found, kind)
