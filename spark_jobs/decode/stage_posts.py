"""Kafka records in, rows of the staging table out. Runs in Spark's Python workers, and in any test.

A post is one row, its hashtags packed into it: over JDBC each cell costs a microsecond, and a row
per use would cost more than all the rest. Only a post of more than ROW_HASHTAGS has further rows. A
record that is no post is one row with a reason. After all of them come rows that hold counts of the
posts and no record (counted.py).
"""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.bluesky import decode_bluesky
from spark_jobs.decode.clocks import clamped, latest_instants_ms
from spark_jobs.decode.dead_letters import kept
from spark_jobs.decode.fixed_width import NOTHING, Field, pack_facts, topic_of_rejected
from spark_jobs.decode.hashtags import ROW_HASHTAGS, pack
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.mastodon import decode_mastodon
from spark_jobs.decode.partial_counts import Counts
from spark_jobs.decode.post import Account, Ignored, Post, Profile, Rejected
from spark_jobs.decode.x import decode_x
from tidemark.contracts.reasons import Reason
from tidemark.contracts.topics import REJECTED

Outcome = Post | Profile | Account | Ignored | Rejected
Other = Profile | Account | Ignored
Decoder = Callable[[memoryview], Outcome]

DECODERS: dict[str, Decoder] = {
    "x": decode_x,
    "sample": decode_x,
    "bluesky": decode_bluesky,
    "mastodon": decode_mastodon,
}
"""A decoder for each value of the `source` header."""

DEFAULT_SOURCE = "x"
"""What a record without the header is taken for: raw tweets, sent by any plain Kafka client, are
welcome."""

SCHEMA = pa.schema(
    [
        (name, pa.binary())
        for name in (
            "facts",
            "post_id",
            "user_id",
            "username",
            "username_original",
            "display_name",
            "lang",
            "hashtags",
            "spellings",
            "detail",
            "payload",
        )
    ]
)
"""What is written to the staging table, texts in UTF-8: of a string Spark would make one of Java's,
the driver bytes again, and the server would convert them to the column's character set. `facts`
holds all the rest, see facts.py:

position   which of the post's hashtags is the row's first; 0 on the row that carries the record; below 0 on no record's
uses       how many hashtags the row has: their keys in `hashtags`, joined by SEPARATOR
spellings  as the author wrote them, joined likewise; null where they are the keys
op         of a post; else profile, account or ignored
detail     of a rejected record what was found; of any other what was odd about it (contracts/oddities.py), joined by
           commas, null where nothing was; of an account its state

Instants are text as MySQL reads it, in UTC."""

_COUNTS_OF_PROFILE = ("nb_friends", "nb_followers")
_COUNTS = ("nb_mentions", "nb_links", *_COUNTS_OF_PROFILE)
_TEXTS_OF_AUTHOR = ("username", "username_original", "display_name")
_TEXTS = (*_TEXTS_OF_AUTHOR, "lang")


def stage_posts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """For mapInArrow: batches with kafka_batch.COLUMNS to batches of SCHEMA; every record is in
    exactly one."""
    counts = Counts()
    for batch in batches:
        records = KafkaBatch.of(batch)
        outcomes = decode(records)
        posts = {at: outcome for at, outcome in enumerate(outcomes) if isinstance(outcome, Post)}
        rejected = {
            at: outcome for at, outcome in enumerate(outcomes) if isinstance(outcome, Rejected)
        }
        if posts:
            rows = _post_rows(records, list(posts), list(posts.values()))
            yield rows
            counts.add(rows)
            counted_to = records, max(posts)
        if rejected:
            yield _rejected_rows(records, list(rejected), list(rejected.values()))
        if len(posts) + len(rejected) < len(outcomes):
            others = {
                at: outcome for at, outcome in enumerate(outcomes) if isinstance(outcome, Other)
            }
            yield _other_rows(records, list(others), list(others.values()))
    if told := list(counts.rows()):
        yield _count_rows(*counted_to, told)


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
            # Said here, as it is so of nearly every record.
            is_past = (
                type(outcome) is Post
                and (outcome.version_ms or 0) <= latest_ms >= outcome.created_at_ms
            )
            outcomes.append(outcome if is_past else clamped(outcome, latest_ms))
    return outcomes


def _dead_letter(reason: str | None) -> Rejected:
    """What a producer refused keeps the producer's reason."""
    if reason in set(Reason):
        return Rejected(Reason(reason))
    return Rejected(Reason.NOT_A_POST, f"a dead letter with reason {reason}"[:255])


def _post_rows(records: KafkaBatch, at: list[int], posts: list[Post]) -> pa.RecordBatch:
    rows = [
        (place, post, start)
        for place, post in zip(at, posts, strict=True)
        for start in range(0, len(post.hashtags) or 1, ROW_HASHTAGS)
    ]
    places, owners = [place for place, _, _ in rows], [post for _, post, _ in rows]
    packed = [pack(post.hashtags, start) for _, post, start in rows]
    facts = _facts(
        records,
        places,
        created_at=_created(
            records,
            places,
            [None if post.op == "delete" else post.created_at_ms for post in owners],
        ),
        version_at=_versions(owners),
        position=pa.array([start for _, _, start in rows], pa.int64()),
        uses=pa.array([uses for uses, _, _ in packed], pa.int64()),
        is_repost=pa.array([post.is_repost for post in owners], pa.bool_()).cast(pa.int8()),
        nb_hashtags=pa.array([len(post.hashtags) for post in owners], pa.int64()),
        **{
            name: pa.array([getattr(post, name) for post in owners], pa.int64()) for name in _COUNTS
        },
        op=pa.array([post.op for post in owners], pa.string()),
        source=_sources(records, places),
    )
    return _batch(
        facts=facts,
        hashtags=[keys for _, keys, _ in packed],
        spellings=[spellings for _, _, spellings in packed],
        # A delete is nobody's post: whoever asks the tables for an author's posts must not find it.
        user_id=[None if post.op == "delete" else post.user_id for post in owners],
        post_id=[post.key for post in owners],
        detail=[_noted(post) if start == 0 else None for _, post, start in rows],
        **{name: [getattr(post, name) for post in owners] for name in _TEXTS},
    )


def _facts(records: KafkaBatch, at: list[int], **fields: Field) -> pa.Array:
    """Of rows for the records at these places; fields that are not given are NOTHING."""
    place = pa.array(at, pa.int64())
    of_record = {
        "received_at": _instants(records.received_at_us.take(place)),
        "kafka_partition": records.partitions.take(place),
        "kafka_offset": records.offsets.take(place),
        "topic": records.topics.take(place),
    }
    return pack_facts({**NOTHING, **of_record, **fields})


def _sources(records: KafkaBatch, at: list[int]) -> pa.Array:
    return pa.array([records.sources[place] or DEFAULT_SOURCE for place in at], pa.string())


def _created(records: KafkaBatch, at: list[int], ms: list[int | None]) -> pa.Array:
    """Instants as text; when the record was received, where there is none."""
    known = pa.array(ms, pa.timestamp("ms"))
    if known.null_count:
        received_us = records.received_at_us.take(pa.array(at, pa.int64()))
        received = pc.floor_temporal(pc.cast(received_us, pa.timestamp("us")), unit="millisecond")
        known = pc.coalesce(known, pc.cast(received, pa.timestamp("ms")))
    return pc.cast(known, pa.string())


def _versions(posts: list[Post]) -> pa.Array:
    """Instants as text, null where a post has none: as none of X has."""
    return pc.cast(pa.array([post.version_ms for post in posts], pa.timestamp("ms")), pa.string())


def _noted(outcome: Post | Profile) -> str | None:
    return ",".join(sorted(outcome.odd)) if outcome.odd else None


def _other_rows(records: KafkaBatch, at: list[int], others: list[Other]) -> pa.RecordBatch:
    """Return a row for each, so that every offset is accounted for."""
    profiles = [other if isinstance(other, Profile) else None for other in others]
    counts = {
        name: [profile and getattr(profile, name) for profile in profiles]
        for name in _COUNTS_OF_PROFILE
    }
    facts = _facts(
        records,
        at,
        created_at=_created(records, at, [_at_ms(other) for other in others]),
        **{name: pa.array(found, pa.int64()) for name, found in counts.items()},
        op=pa.array([type(other).__name__.lower() for other in others], pa.string()),
        source=_sources(records, at),
    )
    texts = {
        name: [profile and getattr(profile, name) for profile in profiles]
        for name in _TEXTS_OF_AUTHOR
    }
    user_ids = [None if isinstance(other, Ignored) else other.user_id for other in others]
    return _batch(
        facts=facts, user_id=user_ids, detail=[_detail(other) for other in others], **texts
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
            return _noted(other)
        case Account():
            return other.state
        case Ignored():
            return other.kind


def _count_rows(records: KafkaBatch, at: int, counts: list[tuple[int, bytes]]) -> pa.RecordBatch:
    """Told at the last of the posts that were counted."""
    positions = pa.array([position for position, _ in counts], pa.int64())
    facts = _facts(records, [at] * len(counts), position=positions)
    return _batch(facts=facts, payload=[told for _, told in counts])


def _rejected_rows(records: KafkaBatch, at: list[int], refused: list[Rejected]) -> pa.RecordBatch:
    places = pa.array(at, pa.int64())
    payloads = kept(records.values.take(places))
    facts = _facts(
        records,
        at,
        source=pa.array([_known(records.sources[row]) for row in at], pa.string()),
        reason=pa.array([outcome.reason for outcome in refused], pa.string()),
        topic=topic_of_rejected(
            records.topics.take(places), payloads.payload_bytes, payloads.payload_sha256
        ),
    )
    return _batch(
        facts=facts, detail=[outcome.detail for outcome in refused], payload=payloads.payload
    )


def _known(source: str | None) -> str | None:
    named = source or DEFAULT_SOURCE
    return named if named in DECODERS else None


def _instants(us: pa.Array) -> pa.Array:
    return pc.cast(pc.cast(us, pa.timestamp("us")), pa.string())


def _batch(**columns: Any) -> pa.RecordBatch:
    """Columns that are not given are null."""
    rows = len(columns["facts"])
    return pa.record_batch(
        [
            pa.array(columns[field.name], field.type)
            if field.name in columns
            else pa.nulls(rows, field.type)
            for field in SCHEMA
        ],
        schema=SCHEMA,
    )
