"""Kafka records of topic `coverage` in, rows of its staging table out. Runs in Spark's Python
workers, and in any test.

A gap is one row, and so is a reason. A stretch that was covered is a row for each minute that it
touches, with a bit for each second: a second counts where the moment at which it begins lies in the
stretch, so that of stretches that join on to each other each second is in one.
"""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.coverage import decode_coverage, known_source
from spark_jobs.decode.dead_letters import kept
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.post import Rejected
from tidemark.contracts.coverage import Covered, Gap
from tidemark.contracts.reasons import Reason

SCHEMA: Final = pa.schema(
    [
        ("topic", pa.string()),
        ("kafka_partition", pa.int64()),
        ("kafka_offset", pa.int64()),
        ("position", pa.int64()),
        ("received_at", pa.string()),
        ("source", pa.string()),
        ("reason", pa.string()),
        ("minute_at", pa.string()),
        ("seconds", pa.int64()),
        ("began_at", pa.string()),
        ("ended_at", pa.string()),
        ("why", pa.string()),
        ("state", pa.string()),
        ("events", pa.int64()),
        ("detail", pa.string()),
        ("payload", pa.binary()),
        ("payload_bytes", pa.int64()),
        ("payload_sha256", pa.string()),
    ]
)
"""What is written to the staging table. Instants are text as MySQL reads it, in UTC; position is 0
on a record's first row."""

_INSTANTS: Final = ("received_at", "minute_at", "began_at", "ended_at")
_SECOND_US: Final = 1_000_000
_MINUTE_S: Final = 60


def stage_coverage(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield rows of SCHEMA for batches with kafka_batch.COLUMNS, in order; for mapInArrow."""
    for batch in batches:
        records = KafkaBatch.of(batch)
        yield _as_batch(
            [
                row
                for at, outcome in enumerate(decode(records))
                for row in _rows(records, at, outcome)
            ]
        )


def decode(records: KafkaBatch) -> list[Gap | Covered | Rejected]:
    """Return what each record is, in order."""
    outcomes: list[Gap | Covered | Rejected] = []
    for payload, source in zip(records.payloads(), records.sources, strict=True):
        if payload is None:
            outcomes.append(Rejected(Reason.EMPTY))
        elif known_source(source) is None:
            outcomes.append(Rejected(Reason.UNKNOWN_SOURCE, f"no source is called {source}"[:255]))
        else:
            outcomes.append(decode_coverage(payload))
    return outcomes


def minutes_of(covered: Covered) -> list[tuple[int, int]]:
    """Return (minute in seconds since 1970, bits of its seconds) for each minute of it; none where
    it is too short."""
    first_s, end_s = -(-covered.from_at // _SECOND_US), -(-covered.to_at // _SECOND_US)
    found: list[tuple[int, int]] = []
    if first_s == end_s:
        return found
    for minute_s in range(first_s - first_s % _MINUTE_S, end_s, _MINUTE_S):
        low, high = max(first_s - minute_s, 0), min(end_s - minute_s, _MINUTE_S)
        found.append((minute_s, (1 << high) - (1 << low)))
    return found


def _rows(records: KafkaBatch, at: int, outcome: Gap | Covered | Rejected) -> list[dict[str, Any]]:
    place = {
        "topic": records.topics[at].as_py(),
        "kafka_partition": records.partitions[at].as_py(),
        "kafka_offset": records.offsets[at].as_py(),
        "received_at": records.received_at_us[at].as_py(),
        "source": known_source(records.sources[at]),
    }
    return [
        place | {"position": position} | columns
        for position, columns in enumerate(_columns(records, at, outcome))
    ]


def _columns(
    records: KafkaBatch, at: int, outcome: Gap | Covered | Rejected
) -> list[dict[str, Any]]:
    match outcome:
        case Covered():
            minutes = minutes_of(outcome)
            return [
                {"minute_at": start_s * _SECOND_US, "seconds": bits} for start_s, bits in minutes
            ] or [{}]
        case Gap():
            return [
                {
                    "began_at": outcome.began_at,
                    "ended_at": outcome.ended_at,
                    "why": outcome.why.value,
                    "state": outcome.state.value,
                    "events": outcome.events,
                }
            ]
        case Rejected():
            payload = kept(records.values.slice(at, 1))
            found = {name: column[0].as_py() for name, column in payload._asdict().items()}
            return [{"reason": outcome.reason.value, "detail": outcome.detail} | found]


def _as_batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    columns = {name: [row.get(name) for row in rows] for name in SCHEMA.names}
    arrays = [
        pc.cast(pa.array(columns[field.name], pa.timestamp("us")), pa.string())
        if field.name in _INSTANTS
        else pa.array(columns[field.name], field.type)
        for field in SCHEMA
    ]
    return pa.record_batch(arrays, schema=SCHEMA)
