"""Records that are good and no posts → rows of the staging table, so that every offset is there."""

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.post import Account, Ignored, Profile
from spark_jobs.decode.reading import noted
from spark_jobs.decode.staged_row import created_at, pack_facts, staged_batch

Other = Profile | Account | Ignored

_COUNTS: Final = ("nb_friends", "nb_followers")
_TEXTS: Final = ("username", "username_original", "display_name")


def other_rows(
    records: KafkaBatch, at: Sequence[int], others: Sequence[Other], sources: Sequence[str]
) -> pa.RecordBatch:
    """Return a row for each, in order.

    at       the place of each record in the batch
    sources  of each record of the batch
    """
    profiles = [other if isinstance(other, Profile) else None for other in others]
    counts = {
        name: [profile and getattr(profile, name) for profile in profiles] for name in _COUNTS
    }
    texts = {name: [profile and getattr(profile, name) for profile in profiles] for name in _TEXTS}
    facts = pack_facts(
        records,
        at,
        created_at=created_at(records, at, [_at_ms(other) for other in others]),
        op=pa.array([type(other).__name__.lower() for other in others], pa.string()),
        source=pa.array([sources[place] for place in at], pa.string()),
        **{name: pa.array(numbers, pa.int64()) for name, numbers in counts.items()},
    )
    return staged_batch(
        facts,
        user_id=[None if isinstance(other, Ignored) else other.user_id for other in others],
        detail=[_detail(other) for other in others],
        **texts,
    )


def _at_ms(other: Other) -> int | None:
    match other:
        case Profile():
            return other.seen_at_ms
        case Account():
            return other.changed_at_ms
        case Ignored():
            return None


def _detail(other: Other) -> str | None:
    match other:
        case Profile():
            return noted(other.odd)
        case Account():
            return other.state
        case Ignored():
            return other.kind
