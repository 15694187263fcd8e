"""Sums over posts, counted where they are staged: the merge need not take every post apart a second time."""

from collections.abc import Iterator
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.facts import WIDTHS, field_of
from spark_jobs.decode.hashtags import SEPARATOR

HASHTAG_COUNTS: Final = -2
"""The `position` of a row that holds no record, but JSON: [[minute_at, source, hashtag, uses], …]."""

POST_COUNTS: Final = -3
"""The same of posts: [[minute_at, source, posts, reposts, edits, hashtag_uses], …]."""

ROW_COUNTS: Final = 5_000
"""How many counts a row may have: 5 MB of the longest hashtags, far below what a server takes at once."""

_MINUTE: Final = len("2026-03-01 12:34:")
_MINUTE_OF: Final = ["minute_at", "source"]
_HASHTAG_OF: Final = [*_MINUTE_OF, "hashtag"]


class Counts:
    """Of all posts of a task: counted batch by batch, told once, as the same hashtags come in every batch."""

    def __init__(self) -> None:
        self._hashtags: list[pa.Table] = []
        self._posts: list[pa.Table] = []

    def add(self, rows: pa.RecordBatch) -> None:
        """Staged posts, of staged.SCHEMA."""
        facts = rows["facts"].cast(pa.string())
        minutes = pc.utf8_replace_slice(field_of(facts, "created_at"), _MINUTE, WIDTHS["created_at"], "00")
        keys = [minutes, pc.utf8_rtrim_whitespace(field_of(facts, "source"))]
        self._hashtags.append(_count_hashtags(keys, rows["hashtags"].cast(pa.string())))
        self._posts.append(_count_posts(keys, facts))

    def rows(self) -> Iterator[tuple[int, bytes]]:
        """Of each row, its position and its JSON."""
        for position, keys, counted in (
            (HASHTAG_COUNTS, _HASHTAG_OF, self._hashtags),
            (POST_COUNTS, _MINUTE_OF, self._posts),
        ):
            if counted:
                for part in _summed(pa.concat_tables(counted), keys).to_batches(ROW_COUNTS):
                    columns = [column.to_pylist() for column in part.columns]
                    yield position, msgspec.json.encode(list(zip(*columns, strict=True)))


def _count_hashtags(keys: list[pa.Array], packed: pa.Array) -> pa.Table:
    hashtags = pc.split_pattern(packed, SEPARATOR)
    posts = pc.list_parent_indices(hashtags)
    uses = pa.table([*(key.take(posts) for key in keys), hashtags.flatten()], _HASHTAG_OF)
    counted = uses.group_by(_HASHTAG_OF, use_threads=False).aggregate([([], "count_all")])
    return counted.rename_columns([*_HASHTAG_OF, "uses"])


def _count_posts(keys: list[pa.Array], facts: pa.Array) -> pa.Table:
    """A post is the row at position 0, and a delete is none."""
    op, position = (pc.utf8_trim_whitespace(field_of(facts, name)) for name in ("op", "position"))
    posts = pa.table(
        [
            *keys,
            pc.and_(pc.equal(position, "0"), pc.not_equal(op, "delete")),
            pc.equal(field_of(facts, "is_repost"), "1"),
            pc.equal(op, "update"),
            pc.cast(pc.utf8_ltrim_whitespace(field_of(facts, "nb_hashtags")), pa.int64()),
        ],
        [*_MINUTE_OF, "posts", "reposts", "edits", "hashtag_uses"],
    )
    return _summed(posts.filter(posts["posts"]), _MINUTE_OF)


def _summed(counts: pa.Table, keys: list[str]) -> pa.Table:
    summed = [name for name in counts.column_names if name not in keys]
    groups = counts.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in summed])
    return groups.rename_columns([*keys, *summed])
