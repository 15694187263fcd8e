"""The SQL of what comes by the minute, over any range, for the datasets in assets/."""

from datetime import UTC, datetime, timedelta

from hearing import STARTS, marked
from spans import full_minute, series_span

_MINUTE = timedelta(minutes=1)


def post_rates(from_at: str | None, to_at: str | None) -> str:
    """SQL of (at, source, series, posts_per_minute), over full minutes; series says of a source
    where it was heard in part."""
    counted, grain, begin, end = _counted(
        "posts", "post_minutes", from_at, to_at, _running_minute()
    )
    return f"""SELECT at, source, CONCAT(source, IF(in_part, ', heard in part', '')) AS series,
        {_per_minute("posts")} FROM ({marked(counted, grain, begin, end)}) AS marked"""


def heard_rates(from_at: str | None, to_at: str | None) -> str:
    """SQL of (at, source, heard_s_per_minute). What was heard is told up to a quarter of a minute
    later, so that the minute before the running one is left out as well."""
    counted, *_ = _counted("heard_s", "source_minutes", from_at, to_at, _running_minute() - _MINUTE)
    return f"SELECT at, source, {_per_minute('heard_s')} FROM ({counted}) AS counted"


def _per_minute(what: str) -> str:
    """An hour or day that the range, or now, cuts is divided by the minutes of it that count."""
    return f"total * 1e0 / TIMESTAMPDIFF(MINUTE, at, until) AS {what}_per_minute"


def _counted(
    what: str, table: str, from_at: str | None, to_at: str | None, now: datetime
) -> tuple[str, str, datetime | None, datetime]:
    """SQL of (start_at, at, until, source, total), a row's bucket and the part of it that lies in
    the range; how long a bucket is, where the first begins, and where the last ends."""
    begin = full_minute(from_at) if from_at else None
    end = min(full_minute(to_at), now) if to_at else now
    grain = series_span(begin, end, now).grain
    at = f"GREATEST(start_at, TIMESTAMP('{begin}'))" if begin else "start_at"
    since = f"minute_at >= '{begin}' AND " if begin else ""
    counted = f"""SELECT start_at, {at} AS at,
            LEAST(start_at + INTERVAL 1 {grain.upper()}, TIMESTAMP('{end}')) AS until, source, total
        FROM (
            SELECT {STARTS[grain]} AS start_at, source, SUM({what}) AS total
            FROM {table} WHERE {since}minute_at < '{end}' GROUP BY start_at, source
        ) AS summed"""
    return counted, grain, begin, end


def _running_minute() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
