"""Rows of the staging table, as a test reads them: with the packed fields taken apart."""

import json
from collections import Counter
from typing import Any

import pyarrow as pa

from spark_jobs.decode.counted import COUNTS
from spark_jobs.decode.facts import UNKNOWN, WIDTHS

Row = dict[str, Any]

_TEXTS = {"created_at", "received_at", "version_at", "op", "source", "reason"}
KEY = ("topic", "kafka_partition", "kafka_offset", "position")


def unpacked(row: Row) -> Row:
    """The row with its facts instead of `facts`; blank texts and unknown counts are None, as in the table."""
    others = {name: value for name, value in row.items() if name != "facts"}
    return _facts(row["facts"]) | others


def in_order(batches: list[pa.RecordBatch]) -> list[Row]:
    """All rows that hold records, unpacked, by topic, partition, offset and position."""
    rows = [row for row in _rows(batches) if row["position"] != COUNTS]
    return sorted(rows, key=lambda row: [row[name] for name in KEY])


def counts_in(batches: list[pa.RecordBatch]) -> dict[tuple[str, str, str], int]:
    """What the rows that hold counts tell, summed: uses by minute, source and hashtag."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in _rows(batches):
        if row["position"] == COUNTS:
            for minute_at, source, hashtag, uses in json.loads(row["payload"]):
                found[minute_at, source, hashtag] += uses
    return dict(found)


def _rows(batches: list[pa.RecordBatch]) -> list[Row]:
    return [unpacked(row) for batch in batches for row in batch.to_pylist()]


def _facts(text: str) -> Row:
    found: Row = {}
    for name, width in WIDTHS.items():
        piece, text = text[:width].strip(), text[width:]
        found[name] = (piece or None) if name in _TEXTS else None if int(piece) == UNKNOWN else int(piece)
    return found | {"topic": text}
