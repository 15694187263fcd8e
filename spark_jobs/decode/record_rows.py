"""Rows of a staging table that has one for each record, each column by itself: edits, observations."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.dead_letters import kept
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.reading import noted


def record_rows(
    schema: pa.Schema, records: KafkaBatch, outcomes: Sequence[Any], **columns: Any
) -> pa.RecordBatch:
    """Return a row of `schema` for each record: its place and arrival, the columns that are given,
    and of a rejected one the reason and what is kept of its payload.

    outcomes  what the records are: a Rejected, or anything with `odd`
    """
    rejected = [outcome if isinstance(outcome, Rejected) else None for outcome in outcomes]
    is_rejected = pa.array([outcome is not None for outcome in rejected], pa.bool_())
    payloads = kept(pc.if_else(is_rejected, records.values, None))
    received_at = pc.cast(records.received_at_us, pa.timestamp("us"))
    found: dict[str, Any] = {
        "topic": records.topics,
        "kafka_partition": pc.cast(records.partitions, pa.int64()),
        "kafka_offset": records.offsets,
        "received_at": pc.cast(received_at, pa.string()),
        "reason": [outcome and outcome.reason.value for outcome in rejected],
        "detail": [_detail(outcome) for outcome in outcomes],
        **payloads._asdict(),
        **columns,
    }
    return pa.record_batch([pa.array(found[field.name], field.type) for field in schema], schema)


def _detail(outcome: Any) -> str | None:
    return outcome.detail if isinstance(outcome, Rejected) else noted(outcome.odd)
