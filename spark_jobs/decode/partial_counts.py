"""Partial counts: sums over the posts of a task, counted where they are staged, so that the merge
need not take every post apart a second time."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.staged_row import Position
from tidemark.contracts.hashtags import SEPARATOR

ROW_COUNTS: Final = 5_000
"""How many counts a row may have: 5 MB of the longest hashtags, far below what a server takes at
once."""

_MINUTE: Final = len("2026-03-01 12:34")
_KEYS: Final = ["minute_at", "source"]
_HASHTAG_KEYS: Final = [*_KEYS, "hashtag"]


class PostColumns(NamedTuple):
    """Columns of rows of posts, of equal length, before they are packed.

    created_at  as text
    position    see staged_row.Position
    is_repost   1 or 0
    hashtags    their keys, joined by SEPARATOR
    """

    created_at: pa.Array
    source: pa.Array
    op: pa.Array
    position: pa.Array
    is_repost: pa.Array
    hashtags: pa.Array


class PartialCounts:
    """Of all posts of a task: counted batch by batch, and summed once, as the same hashtags come in
    every batch."""

    def __init__(self) -> None:
        self._hashtags: list[pa.Table] = []
        self._posts: list[pa.Table] = []

    def add(self, posts: PostColumns) -> None:
        """Count these rows too."""
        keys = [pc.utf8_slice_codeunits(posts.created_at, 0, _MINUTE), posts.source]
        hashtags = pc.split_pattern(posts.hashtags, SEPARATOR)
        self._hashtags.append(_count_hashtags(keys, hashtags))
        self._posts.append(_count_posts(keys, posts, hashtags))

    def rows(self) -> Iterator[tuple[Position, bytes]]:
        """Yield the position and the JSON of each row that the counts take.

        Of hashtags [[minute_at, source, hashtag, uses], …], of posts
        [[minute_at, source, posts, reposts, edits, hashtag_uses], …]; a minute has no seconds.
        """
        for position, keys, counted in (
            (Position.HASHTAG_COUNTS, _HASHTAG_KEYS, self._hashtags),
            (Position.POST_COUNTS, _KEYS, self._posts),
        ):
            if counted:
                for part in _summed(pa.concat_tables(counted), keys).to_batches(ROW_COUNTS):
                    columns = [column.to_pylist() for column in part.columns]
                    yield position, msgspec.json.encode(list(zip(*columns, strict=True)))


def _count_hashtags(keys: list[pa.Array], hashtags: pa.ListArray) -> pa.Table:
    posts = pc.list_parent_indices(hashtags)
    keys_of_uses = [key.take(posts) for key in keys]
    uses = pa.table([*keys_of_uses, hashtags.flatten()], _HASHTAG_KEYS)
    counted = uses.group_by(_HASHTAG_KEYS, use_threads=False).aggregate([([], "count_all")])
    return counted.rename_columns([*_HASHTAG_KEYS, "uses"])


def _count_posts(keys: list[pa.Array], posts: PostColumns, hashtags: pa.ListArray) -> pa.Table:
    """Return the sums by minute and source. A post is the row of its record, and a delete is none;
    its further rows have the rest of its hashtags."""
    is_record = pc.equal(posts.position, Position.RECORD)
    is_post = pc.and_(is_record, pc.not_equal(posts.op, "delete"))
    sums = {
        "posts": is_post,
        "reposts": pc.and_(is_post, pc.equal(posts.is_repost, 1)),
        "edits": pc.and_(is_post, pc.equal(posts.op, "update")),
        "hashtag_uses": pc.fill_null(pc.list_value_length(hashtags), 0),
    }
    counts = _summed(pa.table([*keys, *sums.values()], [*_KEYS, *sums]), _KEYS)
    return counts.filter(pc.greater(counts["posts"], 0))


def _summed(counts: pa.Table, keys: list[str]) -> pa.Table:
    summed = [name for name in counts.column_names if name not in keys]
    sums = [(name, "sum") for name in summed]
    groups = counts.group_by(keys, use_threads=False).aggregate(sums)
    return groups.rename_columns([*keys, *summed])
