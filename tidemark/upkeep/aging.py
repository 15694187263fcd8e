"""Which rows of MySQL grow old, by what, and in how many days (docs/decisions/0009)."""

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
        "schema_migrations",
        "accounts",
        "source_rejects",
    }
)
"""Tables of which nothing is dropped: few rows, and books. Only `accounts` knows that an account
was deleted."""

LOOKS: Final = 10
"""How often a row that no index leads to is looked at, at most, before it goes."""


@dataclass(frozen=True)
class Aging:
    """A table, and when its rows have had their time.

    key     its primary key
    age     SQL of the instant that counts
    days    that rows are kept; None is for ever
    walked  no index begins with `age`: all rows are looked at, in the order of the key
    along   a table whose rows go with those that they belong to, by the same key
    """

    table: str
    key: tuple[str, ...]
    age: str
    days: int | None
    walked: bool = False
    along: str | None = None

    def before(self, today: date) -> datetime | None:
        """Rows older than this are to go: whole days, and never one too early. None where none
        is."""
        return (
            None
            if self.days is None
            else datetime.combine(today, time.min) - timedelta(days=self.days)
        )

    def is_due(self, before: datetime, dropped_before: datetime | None) -> bool:
        """Once a day; where all rows must be looked at, after each tenth of the time that they are
        kept."""
        every_days = max(1, (self.days or 0) // LOOKS) if self.walked else 1
        return dropped_before is None or before - dropped_before >= timedelta(days=every_days)


def aging(keep: KeepSettings) -> tuple[Aging, ...]:
    """Every table that grows, in the order in which old rows are dropped: the largest first."""
    posts = Aging(
        "posts",
        ("source", "post_id"),
        "received_at",
        keep.posts_days,
        walked=True,
        along="hashtags",
    )
    edits = Aging("edits", ("source", "edit_id"), "received_at", keep.edits_days, walked=True)
    seen = "GREATEST(last_seen_at, COALESCE(profile_at, last_seen_at))"
    users, hidden_users = (
        Aging(table, ("source", "user_id"), seen, keep.users_days, walked=True)
        for table in ("users", "hidden_users")
    )
    hidden = ("source", "user_id", "kafka_partition", "kafka_offset", "position")
    place = ("topic_id", "kafka_partition", "kafka_offset")
    return (
        posts,
        edits,
        *_sums(keep),
        Aging("post_minutes", ("minute_at", "source"), "minute_at", keep.day_sums_days),
        Aging("oddity_minutes", ("minute_at", "source", "kind"), "minute_at", keep.day_sums_days),
        Aging("source_minutes", ("minute_at", "source"), "minute_at", keep.day_sums_days),
        Aging("rejected", place, "received_at", keep.rejected_days),
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
