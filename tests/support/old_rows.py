"""Two months of records, and what must be left of their rows by what docs/decisions/0009 says."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kafka_records import Record, headers_of
from payloads import posted
from recompute import EPOCH, Rows, Tables

from tidemark.settings import KeepSettings

TODAY = date(2026, 5, 1)
KEEP = KeepSettings(
    posts_days=20,
    edits_days=30,
    engagement_days=30,
    users_days=40,
    minute_sums_days=2,
    hour_sums_days=15,
    day_sums_days=45,
    rejected_days=10,
    progress_days=5,
)
TODAY_AT = datetime(2026, 5, 1, 12)
SOURCES = ("sample", "x")


def kept_since(days: int | None) -> datetime:
    return EPOCH + timedelta(days=(TODAY - EPOCH.date()).days - (days or 0))


def us(at: datetime) -> int:
    return round(at.replace(tzinfo=UTC).timestamp() * 1_000_000)


def record(
    at: datetime, value: bytes, offset: int, topic: str = "posts", source: str = "x", late: int = 0
) -> Record:
    """One that came `late` days after `at`."""
    came_us = us(at + timedelta(days=late, seconds=3))
    return Record(value, offset, topic=topic, headers=headers_of(source, came_us))


def two_months_of_posts() -> list[Record]:
    """Several a day of two sources up to TODAY at noon; some come late, some twice, some cannot be
    read."""
    dice = random.Random(3)
    records: list[Record] = []
    for number in range(300):
        at = kept_since(60) + timedelta(hours=4.84 * number)
        tags = dice.sample(["Kafka", "tide", "été"], k=dice.choice([0, 1, 3]))
        value = posted(
            f"p{number}",
            f"u{dice.randrange(40)}",
            f"{at.isoformat(timespec='milliseconds')}Z",
            *tags,
        )
        source, late = dice.choice(SOURCES), dice.choice([0, 0, 0, 1, 30])
        for _ in range(dice.choice([1, 1, 1, 2])):
            records.append(record(at, value, len(records), source=source, late=late))
        if number % 20 == 0:
            records.append(record(at, b"[]", len(records)))
    return records


def kept_rows(
    rows: Rows, at: int | Callable[[tuple[Any, ...]], datetime], days: int | None
) -> Rows:
    """Those whose instant is not before the first day that is kept."""
    when = at if callable(at) else lambda row: row[at]
    return [row for row in rows if when(row) >= kept_since(days)]


def kept_of_posts(tables: Tables, keep: KeepSettings = KEEP) -> Tables:
    """What must be left, by what docs/decisions/0009 says."""
    posts = kept_rows(tables["posts"], 4, keep.posts_days)
    there = {row[:2] for row in posts}
    return {
        "posts": posts,
        "hashtags": [row for row in tables["hashtags"] if row[:2] in there],
        "users": kept_rows(
            tables["users"], lambda row: max(row[9], row[10] or row[9]), keep.users_days
        ),
        "post_minutes": kept_rows(tables["post_minutes"], 0, keep.day_sums_days),
        "hashtag_minutes": kept_rows(tables["hashtag_minutes"], 0, keep.minute_sums_days),
        "hashtag_hours": kept_rows(tables["hashtag_hours"], 0, keep.hour_sums_days),
        "hashtag_days": kept_rows(tables["hashtag_days"], 0, keep.day_sums_days),
        "rejected": kept_rows(tables["rejected"], 7, keep.rejected_days),
    }


def kept_of_edits(tables: Tables) -> Tables:
    grains = {
        "minute": KEEP.minute_sums_days,
        "hour": KEEP.hour_sums_days,
        "day": KEEP.day_sums_days,
    }
    sums = {
        f"{of}_{grain}s": days
        for of in ("edit", "page", "editor")
        for grain, days in grains.items()
    }
    return {
        **{table: kept_rows(tables[table], 0, days) for table, days in sums.items()},
        "edits": kept_rows(tables["edits"], 3, KEEP.edits_days),
        "rejected": kept_rows(tables["rejected"], 7, KEEP.rejected_days),
    }
