"""Uses of hashtags, counted where posts are staged: the merge need not take every post apart a second time."""

from collections.abc import Iterator
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.facts import WIDTHS, field_of
from spark_jobs.decode.hashtags import SEPARATOR

COUNTS: Final = -2
"""The `position` of a row that holds counts and no record."""

ROW_COUNTS: Final = 5_000
"""How many counts a row may have: 5 MB of the longest hashtags, far below what a server takes at once."""

_MINUTE: Final = len("2026-03-01 12:34:")


def count_hashtags(rows: pa.RecordBatch) -> Iterator[bytes]:
    """Of staged posts (staged.SCHEMA), JSON for ROW_COUNTS counts each: [[minute_at, source, hashtag, uses], …]."""
    tagged = rows.filter(pc.is_valid(rows["hashtags"]))
    hashtags = pc.split_pattern(tagged["hashtags"], SEPARATOR)
    posts = pc.list_parent_indices(hashtags)
    minutes = pc.utf8_replace_slice(field_of(tagged["facts"], "created_at"), _MINUTE, WIDTHS["created_at"], "00")
    sources = pc.utf8_rtrim_whitespace(field_of(tagged["facts"], "source"))
    uses = pa.table([minutes.take(posts), sources.take(posts), hashtags.flatten()], ["minute_at", "source", "hashtag"])
    counts = uses.group_by(uses.column_names, use_threads=False).aggregate([([], "count_all")])
    for part in counts.to_batches(ROW_COUNTS):
        yield msgspec.json.encode(list(zip(*(column.to_pylist() for column in part.columns), strict=True)))
