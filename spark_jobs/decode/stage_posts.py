"""Kafka records in, rows of the staging table of posts out. Runs in Spark's Python workers, and in
any test.

Every record has exactly one row at Position.RECORD. Behind all of them come rows that hold partial
counts of the posts and no record (partial_counts.py).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import pyarrow as pa

from spark_jobs.decode.bluesky import decode_bluesky
from spark_jobs.decode.clocks import clamped, latest_instants_ms
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.mastodon import decode_mastodon
from spark_jobs.decode.other_rows import Other, other_rows
from spark_jobs.decode.partial_counts import PartialCounts
from spark_jobs.decode.post import Account, Ignored, Post, Profile, Rejected
from spark_jobs.decode.post_rows import post_rows
from spark_jobs.decode.rejected_rows import rejected_rows
from spark_jobs.decode.staged_row import SCHEMA, Position, pack_facts, staged_batch
from spark_jobs.decode.x import decode_x
from tidemark.contracts.reasons import Reason
from tidemark.contracts.topics import REJECTED

__all__ = ["DECODERS", "DEFAULT_SOURCE", "SCHEMA", "decode", "stage_posts"]

Outcome = Post | Profile | Account | Ignored | Rejected
Decoder = Callable[[memoryview], Outcome]
Kind = TypeVar("Kind", Post, Rejected)

DECODERS: Final[dict[str, Decoder]] = {
    "x": decode_x,
    "bluesky": decode_bluesky,
    "mastodon": decode_mastodon,
    "sample": decode_x,
    "sample_bluesky": decode_bluesky,
    "sample_mastodon": decode_mastodon,
}
"""A decoder for each value of the `source` header."""

DEFAULT_SOURCE: Final = "x"
"""The source of a record without the header: raw tweets, sent by any plain Kafka client, are
welcome."""


def stage_posts(
    batches: Iterator[pa.RecordBatch], *, keep_text: bool = True
) -> Iterator[pa.RecordBatch]:
    """Yield rows of SCHEMA for batches with kafka_batch.COLUMNS; for mapInArrow.

    keep_text  whether the rows have what the posts say
    """
    counts = PartialCounts()
    for batch in batches:
        records = KafkaBatch.of(batch)
        sources = [source or DEFAULT_SOURCE for source in records.sources]
        outcomes = decode(records)
        posts = _by_place(outcomes, Post)
        rejected = _by_place(outcomes, Rejected)
        if posts:
            rows, columns = post_rows(
                records, list(posts), list(posts.values()), sources, keep_text=keep_text
            )
            yield rows
            counts.add(columns)
            last_counted = records, max(posts)
        if rejected:
            known = [sources[at] if sources[at] in DECODERS else None for at in rejected]
            yield rejected_rows(records, list(rejected), list(rejected.values()), known)
        if len(posts) + len(rejected) < len(outcomes):
            others = {
                at: outcome for at, outcome in enumerate(outcomes) if isinstance(outcome, Other)
            }
            yield other_rows(records, list(others), list(others.values()), sources)
    if counted := list(counts.rows()):
        yield _count_rows(*last_counted, counted)


def decode(records: KafkaBatch) -> list[Outcome]:
    """Return what each record is, in order."""
    outcomes: list[Outcome] = []
    for payload, source, reason, topic, latest_ms in zip(
        records.payloads(),
        records.sources,
        records.reasons,
        records.topics.to_pylist(),
        latest_instants_ms(records.received_at_us),
        strict=True,
    ):
        decoder = DECODERS.get(source or DEFAULT_SOURCE)
        if topic == REJECTED.name:
            outcomes.append(_dead_letter(reason))
        elif payload is None:
            outcomes.append(Rejected(Reason.EMPTY))
        elif decoder is None:
            outcomes.append(Rejected(Reason.UNKNOWN_SOURCE, f"no decoder for {source}"[:255]))
        else:
            outcome = decoder(payload)
            # Asked here and not in `clamped`, as nearly every record is of the past.
            is_past = (
                type(outcome) is Post
                and (outcome.version_ms or 0) <= latest_ms >= outcome.created_at_ms
            )
            outcomes.append(outcome if is_past else clamped(outcome, latest_ms))
    return outcomes


def _dead_letter(reason: str | None) -> Rejected:
    """Return what a producer rejected, with the producer's reason."""
    if reason in set(Reason):
        return Rejected(Reason(reason))
    return Rejected(Reason.NOT_A_POST, f"a dead letter with reason {reason}"[:255])


def _by_place(outcomes: Sequence[Outcome], kind: type[Kind]) -> dict[int, Kind]:
    """Return the outcomes of one kind, by their place in the batch."""
    return {at: outcome for at, outcome in enumerate(outcomes) if isinstance(outcome, kind)}


def _count_rows(
    records: KafkaBatch, at: int, counts: list[tuple[Position, bytes]]
) -> pa.RecordBatch:
    """Return a row for each of the counts, at the offset of the last post that was counted."""
    positions = pa.array([position for position, _ in counts], pa.int64())
    facts = pack_facts(records, [at] * len(counts), position=positions)
    return staged_batch(facts, payload=[counted for _, counted in counts])
