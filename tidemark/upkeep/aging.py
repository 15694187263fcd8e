"""Which rows of MySQL expire, by which column, and after how many days (docs/decisions/0009)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from tidemark.settings import KeepSettings

GRAINS: Final = ("minute", "hour", "day")
NEVER: Final = frozenset(
    {
        "ledger",
        "retention",
        "source_gaps",
        "pieces",
        "magnitudes",
        "newest_posts",
        "schema_migrations",
        "accounts",
        "source_rejects",
    }
)
"""Tables of which nothing is dropped: they have few rows, or hold state. Only `accounts` knows deleted accounts."""

LOOKS: Final = 10
"""How often a table without a fitting index is scanned, at most, while a row is kept."""


@dataclass(frozen=True)
class Aging:
    """A table, and when its rows expire.

    key     its primary key
    age     SQL of the instant that counts
    days    how long rows are kept; None is for ever
    walked  no index begins with `age`: all rows are scanned, in the order of the key
    along   a table whose rows are dropped with the rows of the same key
    """

    table: str
    key: tuple[str, ...]
    age: str
    days: int | None
    walked: bool = False
    along: str | None = None

    def before(self, today: date) -> datetime | None:
        """Return the instant before which rows expire, at midnight; None if they are kept for ever."""
        if self.days is None:
            return None
        return datetime.combine(today, time.min) - timedelta(days=self.days)

    def is_due(self, before: datetime, dropped_before: datetime | None) -> bool:
        """Return whether to drop now: once a day; if all rows must be scanned, ten times in their retention."""
        every_days = max(1, (self.days or 0) // LOOKS) if self.walked else 1
        return dropped_before is None or before - dropped_before >= timedelta(days=every_days)


def aging(keep: KeepSettings) -> tuple[Aging, ...]:
    """Return every table that grows, in the order in which old rows are dropped: the largest first."""
    posts = Aging(
        "posts",
        ("source", "post_id"),
        "received_at",
        keep.posts_days,
        walked=True,
        along="hashtags",
    )
    edits = Aging("edits", ("source", "edit_id"), "received_at", keep.edits_days, walked=True)
    engagement = Aging(
        "engagement",
        ("source", "post_id", "observed_at"),
        "received_at",
        keep.engagement_days,
        walked=True,
    )
    seen = "GREATEST(last_seen_at, COALESCE(profile_at, last_seen_at))"
    users, hidden_users = (
        Aging(table, ("source", "user_id"), seen, keep.users_days, walked=True)
        for table in ("users", "hidden_users")
    )
    hidden = ("source", "user_id", "kafka_partition", "kafka_offset", "position")
    offset = ("topic_id", "kafka_partition", "kafka_offset")
    return (
        posts,
        edits,
        engagement,
        *_sums(keep),
        Aging(
            "engagement_windows",
            ("window_at", "source", "query"),
            "window_at",
            keep.minute_sums_days,
        ),
        Aging("engagement_days", ("day_at", "source", "query"), "day_at", keep.day_sums_days),
        Aging("post_minutes", ("minute_at", "source"), "minute_at", keep.day_sums_days),
        Aging("oddity_minutes", ("minute_at", "source", "kind"), "minute_at", keep.day_sums_days),
        Aging("source_minutes", ("minute_at", "source"), "minute_at", keep.day_sums_days),
        Aging("rejected", offset, "received_at", keep.rejected_days),
        Aging("job_progress", ("at", "job"), "at", keep.progress_days),
        users,
        Aging("hidden_records", hidden, "received_at", keep.posts_days, walked=True),
        hidden_users,
    )


def _sums(keep: KeepSettings) -> list[Aging]:
    days = (keep.minute_sums_days, keep.hour_sums_days, keep.day_sums_days)
    keys = {
        "hashtag": ("source", "hashtag"),
        "edit": ("wiki", "type", "is_bot"),
        "page": ("is_bot", "wiki", "title"),
        "editor": ("is_bot", "wiki", "user_name"),
    }
    return [
        Aging(f"{what}_{grain}s", (f"{grain}_at", *key), f"{grain}_at", kept)
        for grain, kept in zip(GRAINS, days, strict=True)
        for what, key in keys.items()
    ]
