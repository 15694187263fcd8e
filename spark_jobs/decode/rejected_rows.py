"""Rejected records → rows of the staging table of posts."""

from collections.abc import Sequence

import pyarrow as pa

from spark_jobs.decode.dead_letters import kept
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.staged_row import pack_facts, staged_batch, topic_of_rejected


def rejected_rows(
    records: KafkaBatch,
    at: Sequence[int],
    rejected: Sequence[Rejected],
    sources: Sequence[str | None],
) -> pa.RecordBatch:
    """Return a row for each, in order, with what is kept of its payload.

    at       the place of each record in the batch
    sources  of each rejected record, None where it is not known
    """
    places = pa.array(at, pa.int64())
    payloads = kept(records.values.take(places))
    topics = records.topics.take(places)
    facts = pack_facts(
        records,
        at,
        topic_of_rejected(topics, payloads.payload_bytes, payloads.payload_sha256),
        source=pa.array(sources, pa.string()),
        reason=pa.array([outcome.reason for outcome in rejected], pa.string()),
    )
    details = [outcome.detail for outcome in rejected]
    return staged_batch(facts, detail=details, payload=payloads.payload)
