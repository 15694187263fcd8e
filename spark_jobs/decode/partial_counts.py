"""Sums over posts, counted where they are staged: the merge need not take every post apart a second
time."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.fixed_width import field_is, field_of
from tidemark.contracts.hashtags import SEPARATOR

HASHTAG_COUNTS: Final = -2
"""The `position` of a row that holds no record, but JSON: [[minute_at, source, hashtag, uses], …].

A minute is told without seconds."""

POST_COUNTS: Final = -3
"""The same of posts: [[minute_at, source, posts, reposts, edits, hashtag_uses], …]."""

ROW_COUNTS: Final = 5_000
"""How many counts a row may have: 5 MB of the longest hashtags, far below what a server takes at
once."""

_MINUTE: Final = len("2026-03-01 12:34")
_KEYS: Final = ["minute_at", "source"]
_HASHTAG_KEYS: Final = [*_KEYS, "hashtag"]


class Counts:
    """Of all posts of a task: counted batch by batch, told once, as the same hashtags come in every
    batch."""

    def __init__(self) -> None:
        self._hashtags: list[pa.Table] = []
        self._posts: list[pa.Table] = []

    def add(self, rows: pa.RecordBatch) -> None:
        """Staged posts, of staged.SCHEMA."""
        facts = rows["facts"]
        hashtags = pc.split_pattern(rows["hashtags"], SEPARATOR)
        minutes, sources = (
            pc.binary_slice(field_of(facts, "created_at"), 0, _MINUTE),
            field_of(facts, "source"),
        )
        self._hashtags.append(_count_hashtags([minutes, sources], hashtags))
        self._posts.append(_count_posts([minutes, sources], facts, hashtags))

    def rows(self) -> Iterator[tuple[int, bytes]]:
        """Of each row, its position and its JSON."""
        for position, keys, counted in (
            (HASHTAG_COUNTS, _HASHTAG_KEYS, self._hashtags),
            (POST_COUNTS, _KEYS, self._posts),
        ):
            if counted:
                for part in _summed(pa.concat_tables(counted), keys).to_batches(ROW_COUNTS):
                    yield position, msgspec.json.encode(_told(part))


def _count_hashtags(keys: list[pa.Array], hashtags: pa.ListArray) -> pa.Table:
    posts = pc.list_parent_indices(hashtags)
    uses = pa.table([*(key.take(posts) for key in keys), hashtags.flatten()], _HASHTAG_KEYS)
    counted = uses.group_by(_HASHTAG_KEYS, use_threads=False).aggregate([([], "count_all")])
    return counted.rename_columns([*_HASHTAG_KEYS, "uses"])


def _count_posts(keys: list[pa.Array], facts: pa.Array, hashtags: pa.ListArray) -> pa.Table:
    """A post is the row at position 0, and a delete is none; its further rows have the rest of its
    hashtags."""
    is_post = pc.and_(field_is(facts, "position", "0"), pc.invert(field_is(facts, "op", "delete")))
    sums = {
        "posts": is_post,
        "reposts": pc.and_(is_post, field_is(facts, "is_repost", "1")),
        "edits": pc.and_(is_post, field_is(facts, "op", "update")),
        "hashtag_uses": pc.fill_null(pc.list_value_length(hashtags), 0),
    }
    counts = _summed(pa.table([*keys, *sums.values()], [*_KEYS, *sums]), _KEYS)
    return counts.filter(pc.greater(counts["posts"], 0))


def _told(counts: pa.RecordBatch) -> list[tuple[Any, ...]]:
    """Each count as JSON has it: bytes are text, a source has no blanks behind it."""
    texts = [
        column.cast(pa.string()) if pa.types.is_binary(column.type) else column
        for column in counts.columns
    ]
    minutes, sources, *others = texts
    columns = (minutes, pc.utf8_rtrim_whitespace(sources), *others)
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def _summed(counts: pa.Table, keys: list[str]) -> pa.Table:
    summed = [name for name in counts.column_names if name not in keys]
    groups = counts.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in summed])
    return groups.rename_columns([*keys, *summed])
