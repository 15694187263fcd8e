"""Rows of the staging table, as a test reads them: with the packed fields taken apart."""

import gc
import json
from typing import Any

import pyarrow as pa

from spark_jobs.decode.fixed_width import UNKNOWN
from spark_jobs.decode.stage_posts import stage_posts
from spark_jobs.decode.staged_row import ROW, Position

Row = dict[str, Any]

_TEXTS = {"created_at", "received_at", "version_at", "op", "source", "reason"}
KEY = ("topic", "kafka_partition", "kafka_offset", "position")


def unpacked(row: Row) -> Row:
    """The row with its facts instead of `facts`, texts as such; blank ones and unknown counts None,
    as in the table."""
    texts = {
        name: value and value.decode()
        for name, value in row.items()
        if name not in ("facts", "payload")
    }
    return _facts(row["facts"].decode()) | texts | {"payload": row["payload"]}


def in_order(batches: list[pa.RecordBatch]) -> list[Row]:
    """All rows that hold records, unpacked, by topic, partition, offset and position."""
    rows = [row for row in _rows(batches) if row["position"] >= 0]
    return sorted(rows, key=lambda row: [row[name] for name in KEY])


def hashtags_counted_in(batches: list[pa.RecordBatch]) -> dict[tuple[str, str, str], int]:
    """What the rows that hold counts tell: uses by minute, source and hashtag, each told once."""
    return {
        (*of, hashtag): uses for *of, hashtag, uses in _counts(batches, Position.HASHTAG_COUNTS)
    }


def posts_counted_in(batches: list[pa.RecordBatch]) -> dict[tuple[str, str], tuple[int, ...]]:
    """Likewise posts, reposts, edits and uses of hashtags by minute and source."""
    return {
        (minute_at, source): tuple(counts)
        for minute_at, source, *counts in _counts(batches, Position.POST_COUNTS)
    }


def left_to_collect(batch: pa.RecordBatch) -> tuple[int, int]:
    """The rows that come of the batch, and the objects that a collection frees after its
    staging."""
    list(stage_posts(iter([batch])))  # imports and caches of the first time
    gc.collect()
    gc.disable()
    try:
        staged = list(stage_posts(iter([batch])))
        left = gc.collect()
    finally:
        gc.enable()
    return len(in_order(staged)), left


def _counts(batches: list[pa.RecordBatch], position: int) -> list[list[Any]]:
    rows = [row for row in _rows(batches) if row["position"] == position]
    return [count for row in rows for count in json.loads(row["payload"])]


def _rows(batches: list[pa.RecordBatch]) -> list[Row]:
    return [unpacked(row) for batch in batches for row in batch.to_pylist()]


def _facts(text: str) -> Row:
    found: Row = {}
    for name, field in ROW.fields.items():
        piece, text = text[: field.width].strip(), text[field.width :]
        found[name] = (
            (piece or None) if name in _TEXTS else None if int(piece) == UNKNOWN else int(piece)
        )
    topic, *told = text.split(" ")
    size, sha256 = told or (None, None)
    return found | {"topic": topic, "payload_bytes": size and int(size), "payload_sha256": sha256}
