"""Posts → rows of the staging table.

A post is one row, its hashtags packed into it: over JDBC each cell costs a microsecond, and a row
per use would cost more than all the rest. Only a post of more than ROW_HASHTAGS has further rows.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.hashtags import ROW_HASHTAGS, pack
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.partial_counts import PostColumns
from spark_jobs.decode.post import Post
from spark_jobs.decode.reading import noted
from spark_jobs.decode.staged_row import created_at, pack_facts, staged_batch

_COUNTS: Final = ("nb_mentions", "nb_links", "nb_friends", "nb_followers")
_TEXTS: Final = ("username", "username_original", "display_name", "lang")


def post_rows(
    records: KafkaBatch,
    at: Sequence[int],
    posts: Sequence[Post],
    sources: Sequence[str],
    *,
    keep_text: bool,
) -> tuple[pa.RecordBatch, PostColumns]:
    """Return the rows of posts, and those of their columns that are counted.

    at       the place of each post's record in the batch
    sources  of each record of the batch
    keep_text  whether the rows have what the posts say
    """
    rows = [
        (place, post, start)
        for place, post in zip(at, posts, strict=True)
        for start in range(0, len(post.hashtags) or 1, ROW_HASHTAGS)
    ]
    places, owners, starts = zip(*rows, strict=True)
    packed = [pack(post.hashtags, start) for _, post, start in rows]
    uses, keys, spellings = zip(*packed, strict=True)

    columns = PostColumns(
        created_at=created_at(records, places, [_created_ms(post) for post in owners]),
        source=pa.array([sources[place] for place in places], pa.string()),
        op=pa.array(_field(owners, "op"), pa.string()),
        position=pa.array(starts, pa.int64()),
        is_repost=pa.array(_field(owners, "is_repost"), pa.bool_()).cast(pa.int8()),
        hashtags=pa.array(keys, pa.string()),
    )
    facts = pack_facts(
        records,
        places,
        created_at=columns.created_at,
        source=columns.source,
        op=columns.op,
        position=columns.position,
        is_repost=columns.is_repost,
        version_at=_versions(owners),
        uses=pa.array(uses, pa.int64()),
        nb_hashtags=pa.array([len(post.hashtags) for post in owners], pa.int64()),
        **{name: pa.array(_field(owners, name), pa.int64()) for name in _COUNTS},
    )
    staged = staged_batch(
        facts,
        hashtags=columns.hashtags.cast(pa.binary()),
        spellings=spellings,
        user_id=[_user_id(post) for post in owners],
        post_id=_field(owners, "key"),
        detail=[None if start else noted(post.odd) for _, post, start in rows],
        text=[None if start or not keep_text else post.text for _, post, start in rows],
        **{name: _field(owners, name) for name in _TEXTS},
    )
    return staged, columns


def _field(posts: Iterable[Post], name: str) -> list[Any]:
    return list(map(attrgetter(name), posts))


def _created_ms(post: Post) -> int | None:
    return None if post.op == "delete" else post.created_at_ms


def _user_id(post: Post) -> str | None:
    """Return the author; of a delete nobody, so that it is not found among an author's posts."""
    return None if post.op == "delete" else post.user_id


def _versions(posts: Sequence[Post]) -> pa.Array:
    """Return instants as text, null where a post has none: as none of X has."""
    return pc.cast(pa.array(_field(posts, "version_ms"), pa.timestamp("ms")), pa.string())
