"""The SQL of what arrives per minute, over any range, for the datasets in assets/."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from chart_sql.coverage import STARTS, flag_partial
from chart_sql.time_ranges import full_minute, series_span

_MINUTE: Final = timedelta(minutes=1)


def post_rates(from_at: str | None, to_at: str | None) -> str:
    """Return SQL of (at, source, series, posts_per_minute), over full minutes.

    series   the source, and `, partly covered` behind it where it was
    """
    counts = _count("posts", "post_minutes", from_at, to_at, _running_minute())
    flagged = flag_partial(counts.sql, counts.grain, counts.begin, counts.end)
    return f"""
        SELECT at, source, CONCAT(source, IF(in_part, ', partly covered', '')) AS series,
            {_per_minute("posts")}
        FROM ({flagged}) AS flagged"""


def covered_rates(from_at: str | None, to_at: str | None) -> str:
    """Return SQL of (at, source, heard_s_per_minute).

    Coverage is reported up to a quarter of a minute late, so that the minute before the running one
    is left out as well.
    """
    counts = _count("heard_s", "source_minutes", from_at, to_at, _running_minute() - _MINUTE)
    return f"SELECT at, source, {_per_minute('heard_s')} FROM ({counts.sql}) AS counted"


def _per_minute(what: str) -> str:
    """Return the mean: a bucket that the range, or now, cuts is divided by the minutes that count."""
    return f"total * 1e0 / TIMESTAMPDIFF(MINUTE, at, until) AS {what}_per_minute"


@dataclass(frozen=True)
class _Counts:
    """A query of (start_at, at, until, source, total): a bucket, and the part of it in the range.

    grain       how long a bucket is: minute, hour, day
    begin, end  where the first one begins, and the last one ends
    """

    sql: str
    grain: str
    begin: datetime | None
    end: datetime


def _count(what: str, table: str, from_at: str | None, to_at: str | None, now: datetime) -> _Counts:
    begin = full_minute(from_at) if from_at else None
    end = min(full_minute(to_at), now) if to_at else now
    grain = series_span(begin, end, now).grain
    at = f"GREATEST(start_at, TIMESTAMP('{begin}'))" if begin else "start_at"
    since = f"minute_at >= '{begin}' AND " if begin else ""
    sql = f"""
        SELECT start_at, {at} AS at,
            LEAST(start_at + INTERVAL 1 {grain.upper()}, TIMESTAMP('{end}')) AS until, source, total
        FROM (
            SELECT {STARTS[grain]} AS start_at, source, SUM({what}) AS total
            FROM {table}
            WHERE {since}minute_at < '{end}'
            GROUP BY start_at, source
        ) AS summed"""
    return _Counts(sql, grain, begin, end)


def _running_minute() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
