"""Kafka records of topic `engagement` → rows of its staging table. Runs in Spark's Python workers, and in any test.

A record is one row, an observation or a reason.
"""

from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.engagement import Decoded, decode_observation, not_before_arrival
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.record_rows import record_rows
from tidemark.contracts.engagement import COUNTS, QUERY_LIMIT
from tidemark.contracts.reasons import Reason
from tidemark.contracts.sources import SOURCES

NETWORKS: Final = frozenset(network for spec in SOURCES.values() for network in spec.networks)
"""Every value of the `source` header that a source writes."""

_WORD: Final = "CHARACTER SET ascii COLLATE ascii_bin"
_TEXT: Final = "COLLATE utf8mb4_bin"
_ROW: Final[dict[str, tuple[pa.DataType, str]]] = {
    "topic": (pa.string(), f"VARCHAR(249) {_WORD} NOT NULL"),
    "kafka_partition": (pa.int64(), "INT NOT NULL"),
    "kafka_offset": (pa.int64(), "BIGINT NOT NULL"),
    "received_at": (pa.string(), "DATETIME(6) NOT NULL"),
    "source": (pa.string(), f"VARCHAR(16) {_WORD} NULL"),
    "reason": (pa.string(), f"VARCHAR(32) {_WORD} NULL"),
    "observed_at": (pa.string(), "DATETIME(6) NULL"),
    "post_id": (pa.string(), f"VARCHAR(255) {_TEXT} NULL"),
    "query": (pa.string(), f"VARCHAR({QUERY_LIMIT}) {_TEXT} NULL"),
    "author_id": (pa.string(), f"VARCHAR(255) {_TEXT} NULL"),
    **{count: (pa.int64(), "BIGINT NULL") for count in (*COUNTS, "followers")},
    "detail": (pa.string(), "VARCHAR(255) NULL"),
    "payload": (pa.binary(), "LONGBLOB NULL"),
    "payload_bytes": (pa.int64(), "BIGINT NULL"),
    "payload_sha256": (pa.string(), f"CHAR(64) {_WORD} NULL"),
}
"""By column of the staged row, its type in Arrow and in MySQL. Instants are text, in UTC; `detail` of an observation is
what was odd about it (contracts/oddities.py), joined by commas."""

SCHEMA: Final = pa.schema([(name, kind) for name, (kind, _) in _ROW.items()])

STAGING_COLUMNS: Final = ", ".join(
    (
        "staged_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
        "position TINYINT NOT NULL DEFAULT 0",
        *(f"{name} {sql_type}" for name, (_, sql_type) in _ROW.items()),
    )
)

_OF_OBSERVATION: Final = ("post_id", "query", "author_id", *COUNTS, "followers")


def stage_engagement(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield rows of SCHEMA for batches with kafka_batch.COLUMNS, a row for each record, in order; for mapInArrow."""
    for batch in batches:
        records = KafkaBatch.of(batch)
        yield _rows(records, decode(records))


def decode(records: KafkaBatch) -> list[Decoded | Rejected]:
    """Return what each record is, in order."""
    outcomes: list[Decoded | Rejected] = []
    received = records.received_at_us.to_pylist()
    for payload, source, received_us in zip(
        records.payloads(), records.sources, received, strict=True
    ):
        if payload is None:
            outcomes.append(Rejected(Reason.EMPTY))
        elif source not in NETWORKS:
            outcomes.append(Rejected(Reason.UNKNOWN_SOURCE, f"no network is called {source}"[:255]))
        else:
            outcomes.append(not_before_arrival(decode_observation(payload), received_us))
    return outcomes


def _rows(records: KafkaBatch, outcomes: list[Decoded | Rejected]) -> pa.RecordBatch:
    found = [outcome if isinstance(outcome, Decoded) else None for outcome in outcomes]
    observed_us = pa.array([one and one.observed_at for one in found], pa.timestamp("us"))
    return record_rows(
        SCHEMA,
        records,
        outcomes,
        source=[source if source in NETWORKS else None for source in records.sources],
        observed_at=pc.cast(observed_us, pa.string()),
        **{name: [one and getattr(one, name) for one in found] for name in _OF_OBSERVATION},
    )
