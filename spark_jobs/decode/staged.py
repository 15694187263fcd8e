"""Kafka records in, rows of the staging table out. Runs in Spark's Python workers, and in any test.

A post is one row, its hashtags packed into it: over JDBC each cell costs a microsecond, and a row per use would cost
more than all the rest. Only a post of more than ROW_HASHTAGS has further rows, which carry nothing but hashtags. A
record that is no post is one row with a reason.
"""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.hashtags import SEPARATOR, hashtag_key
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.x import decode_x
from tidemark.contracts.reasons import Reason
from tidemark.contracts.topics import REJECTED

Decoder = Callable[[memoryview], Post | Rejected]

DECODERS: dict[str, Decoder] = {
    "x": decode_x,
    "sample": decode_x,
}
"""A decoder for each value of the `source` header."""

DEFAULT_SOURCE = "x"
"""What a record without the header is taken for: raw tweets, sent by any plain Kafka client, are welcome."""

SCHEMA = pa.schema(
    [
        ("topic", pa.string()),
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
        ("position", pa.int32()),
        ("source", pa.string()),
        ("post_id", pa.string()),
        ("created_at", pa.string()),
        ("minute_at", pa.string()),
        ("uses", pa.int32()),
        ("hashtags", pa.string()),
        ("spellings", pa.string()),
        ("received_at", pa.string()),
        ("user_id", pa.string()),
        ("username", pa.string()),
        ("username_original", pa.string()),
        ("display_name", pa.string()),
        ("nb_friends", pa.int64()),
        ("nb_followers", pa.int64()),
        ("lang", pa.string()),
        ("op", pa.string()),
        ("is_repost", pa.int32()),
        ("nb_hashtags", pa.int32()),
        ("nb_mentions", pa.int32()),
        ("nb_links", pa.int32()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("payload", pa.binary()),
    ]
)
"""The columns of the staging table.

position   which of the post's hashtags is the row's first; 0 on the row that carries the post
uses       how many hashtags the row has: their keys in `hashtags`, joined by SEPARATOR
spellings  as the author wrote them, joined likewise; null where they are the keys

Instants are text as MySQL reads it, in UTC: cheaper than JDBC timestamps."""

ROW_HASHTAGS = 64
"""How many hashtags a row may have; table `pieces` knows how to take so many apart."""

SPARK_TYPES = {pa.string(): "string", pa.int32(): "int", pa.int64(): "bigint", pa.binary(): "binary"}
SPARK_SCHEMA = ", ".join(f"{field.name} {SPARK_TYPES[field.type]}" for field in SCHEMA)


def stage_posts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """For mapInArrow: batches with kafka_batch.COLUMNS to batches of SCHEMA; every record is in exactly one."""
    for batch in batches:
        records = KafkaBatch.of(batch)
        outcomes = decode(records)
        posts = {at: outcome for at, outcome in enumerate(outcomes) if isinstance(outcome, Post)}
        rejected = {at: outcome for at, outcome in enumerate(outcomes) if isinstance(outcome, Rejected)}
        if posts:
            yield _post_rows(records, list(posts), list(posts.values()))
        if rejected:
            yield _rejected_rows(records, list(rejected), list(rejected.values()))


def decode(records: KafkaBatch) -> list[Post | Rejected]:
    """What each record is, in order."""
    outcomes: list[Post | Rejected] = []
    for payload, source, reason, topic in zip(
        records.payloads(), records.sources, records.reasons, records.topics.to_pylist(), strict=True
    ):
        decoder = DECODERS.get(source or DEFAULT_SOURCE)
        if topic == REJECTED.name:
            outcomes.append(_dead_letter(reason))
        elif payload is None:
            outcomes.append(Rejected(Reason.EMPTY))
        elif decoder is None:
            outcomes.append(Rejected(Reason.UNKNOWN_SOURCE, f"no decoder for {source}"[:255]))
        else:
            outcomes.append(decoder(payload))
    return outcomes


def _dead_letter(reason: str | None) -> Rejected:
    """What a producer refused keeps the producer's reason."""
    if reason in set(Reason):
        return Rejected(Reason(reason))
    return Rejected(Reason.NOT_A_POST, f"a dead letter with reason {reason}"[:255])


def _post_rows(records: KafkaBatch, at: list[int], posts: list[Post]) -> pa.RecordBatch:
    parents, heads, starts = _row_plan(posts)
    packed = [_packed(posts[place].hashtags, start) for place, start in zip(parents, starts, strict=True)]
    post_at = pa.array(at, pa.int64())
    every, first = pa.array(parents, pa.int64()), pa.array(heads, pa.int64())
    created = pa.array([post.created_at_ms for post in posts], pa.timestamp("ms"))
    minutes = pc.cast(pc.floor_temporal(created, unit="minute"), pa.timestamp("s"))
    text, small, big = pa.string(), pa.int32(), pa.int64()

    def per_post(name: str, kind: pa.DataType) -> pa.Array:
        return pa.array(map(attrgetter(name), posts), kind, size=len(posts)).take(first)

    return _batch(
        topic=records.topics.take(post_at).take(every),
        kafka_partition=records.partitions.take(post_at).take(every),
        kafka_offset=records.offsets.take(post_at).take(every),
        position=pa.array(starts, small),
        source=pa.array([records.sources[place] or DEFAULT_SOURCE for place in at], text).take(every),
        post_id=pa.array([post.post_id for post in posts], text).take(every),
        created_at=pc.cast(created, text).take(every),
        minute_at=pc.cast(minutes, text).take(every),
        uses=pa.array([uses for uses, _, _ in packed], small),
        hashtags=pa.array([keys for _, keys, _ in packed], text),
        spellings=pa.array([spellings for _, _, spellings in packed], text),
        received_at=_instants(records.received_at_us.take(post_at)).take(first),
        user_id=per_post("user_id", text),
        username=per_post("username", text),
        username_original=per_post("username_original", text),
        display_name=per_post("display_name", text),
        nb_friends=per_post("nb_friends", big),
        nb_followers=per_post("nb_followers", big),
        lang=per_post("lang", text),
        op=per_post("op", text),
        is_repost=pa.array([int(post.is_repost) for post in posts], small).take(first),
        nb_hashtags=pa.array([len(post.hashtags) for post in posts], small).take(first),
        nb_mentions=per_post("nb_mentions", small),
        nb_links=per_post("nb_links", small),
    )


def _row_plan(posts: list[Post]) -> tuple[list[int], list[int | None], list[int]]:
    """For each row: its post, its post again if it is the post's first row, and the position it starts at."""
    parents, starts = list(range(len(posts))), [0] * len(posts)
    heads: list[int | None] = list(parents)
    for place, post in enumerate(posts):
        for start in range(ROW_HASHTAGS, len(post.hashtags), ROW_HASHTAGS):
            parents.append(place)
            heads.append(None)
            starts.append(start)
    return parents, heads, starts


def _packed(hashtags: tuple[str, ...], start: int) -> tuple[int, str | None, str | None]:
    """How many hashtags a row has, their keys, and their spellings where they differ."""
    if not hashtags:
        return 0, None, None
    spellings = hashtags[start : start + ROW_HASHTAGS]
    keys, written = SEPARATOR.join(map(hashtag_key, spellings)), SEPARATOR.join(spellings)
    return len(spellings), keys, None if keys == written else written


def _rejected_rows(records: KafkaBatch, at: list[int], refused: list[Rejected]) -> pa.RecordBatch:
    place = pa.array(at, pa.int64())
    return _batch(
        topic=records.topics.take(place),
        kafka_partition=records.partitions.take(place),
        kafka_offset=records.offsets.take(place),
        position=pa.array([0] * len(at), pa.int32()),
        source=pa.array([_known(records.sources[row]) for row in at], pa.string()),
        received_at=_instants(records.received_at_us.take(place)),
        reason=pa.array([outcome.reason for outcome in refused], pa.string()),
        detail=pa.array([outcome.detail for outcome in refused], pa.string()),
        payload=records.values.take(place),
    )


def _known(source: str | None) -> str | None:
    named = source or DEFAULT_SOURCE
    return named if named in DECODERS else None


def _instants(us: pa.Array) -> pa.Array:
    return pc.cast(pc.cast(us, pa.timestamp("us")), pa.string())


def _batch(**columns: Any) -> pa.RecordBatch:
    rows = len(columns["topic"])
    return pa.record_batch(
        [columns[f.name] if f.name in columns else pa.nulls(rows, f.type) for f in SCHEMA], schema=SCHEMA
    )
