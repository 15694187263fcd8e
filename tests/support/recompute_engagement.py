"""What the tables of engagement must hold, from the observations alone: plain Python, no SQL, not our decoder.

A row of a window or a day is of a source and a query. Its counts are those of the latest observation of each post in
it, its followers those of the latest observation of each author; its changes are between each observation and the one
before of the same post, whenever that was.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from kafka_records import Record
from recompute import Rows, in_order

EPOCH = datetime(1970, 1, 1)
COUNTS = ("reposts", "likes", "replies", "quotes", "bookmarks", "impressions")
SECONDS = {"window": 10, "day": 86_400}
Row = dict[str, Any]


def recompute_engagement(records: Iterable[Record], *, is_ordered: bool = False) -> dict[str, Rows]:
    """Return rows by table, in order; of copies of an observation the first stands.

    is_ordered  whether only the sums are wanted, and not where each observation lay
    """
    stored: dict[Any, Row] = {}
    for record in records:
        row = json.loads(record.value or b"{}")
        row["source"] = (dict(record.headers or ())["source"] or b"").decode()
        row.setdefault("query", "")
        key = (row["source"], row["post_id"], row["observed_at"])
        stored.setdefault(key, row | {"place": (record.partition, record.offset)})
    observed = sorted(stored.values(), key=lambda row: row["observed_at"])
    tables = {f"engagement_{period}s": _sums(observed, of_s) for period, of_s in SECONDS.items()}
    if not is_ordered:
        tables["engagement"] = in_order([_stored(row) for row in observed])
    return tables


def _stored(row: Row) -> tuple[Any, ...]:
    counts = [row.get(name) for name in (*COUNTS, "followers")]
    at = EPOCH + timedelta(microseconds=row["observed_at"])
    return (
        *(row["source"], row["post_id"], at, row["query"], row.get("author_id")),
        *counts,
        *row["place"],
    )


def _sums(observed: list[Row], of_s: int) -> Rows:
    """Return the rows of one period; `observed` is in the order of time."""
    periods: dict[Any, list[Row]] = defaultdict(list)
    before: dict[Any, Row] = {}
    changes: dict[int, Row | None] = {}
    for row in observed:
        series = (row["source"], row["query"], row["post_id"])
        changes[id(row)] = before.get(series)
        before[series] = row
        start_s = row["observed_at"] // 1_000_000 // of_s * of_s
        periods[EPOCH + timedelta(seconds=start_s), row["source"], row["query"]].append(row)
    rows = []
    for key, seen in periods.items():
        posts = {row["post_id"]: row for row in seen}
        authors = {
            row["author_id"]: row["followers"]
            for row in sorted(seen, key=lambda row: (row["observed_at"], row["post_id"]))
            if row.get("author_id") is not None and row.get("followers") is not None
        }
        firsts = sum(changes[id(row)] is None for row in seen)
        counts = [sum(post.get(name) or 0 for post in posts.values()) for name in COUNTS]
        more = [sum(_change(row, changes[id(row)], name) for row in seen) for name in COUNTS]
        rows.append((*key, len(seen), len(posts), firsts, *counts, sum(authors.values()), *more))
    return in_order(rows)


def _change(row: Row, before: Row | None, name: str) -> int:
    if before is None or row.get(name) is None or before.get(name) is None:
        return 0
    return int(row[name]) - int(before[name])
