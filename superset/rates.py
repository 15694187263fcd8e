"""The SQL of what comes by the minute, over any range, for the datasets in assets/."""

from datetime import UTC, datetime, timedelta

from spans import series_span

_MINUTE = timedelta(minutes=1)
_STARTS = {
    "minute": "minute_at",
    "hour": "minute_at - INTERVAL MINUTE(minute_at) MINUTE",
    "day": "TIMESTAMP(DATE(minute_at))",
}


def post_rates(from_at: str | None, to_at: str | None) -> str:
    """SQL of (at, source, posts_per_minute), over full minutes."""
    return _per_minute("posts", "post_minutes", from_at, to_at, _running_minute())


def heard_rates(from_at: str | None, to_at: str | None) -> str:
    """SQL of (at, source, heard_s_per_minute). What was heard is told up to a quarter of a minute later, so that the
    minute before the running one is left out as well."""
    return _per_minute("heard_s", "source_minutes", from_at, to_at, _running_minute() - _MINUTE)


def _per_minute(what: str, table: str, from_at: str | None, to_at: str | None, now: datetime) -> str:
    """An hour or day that the range, or now, cuts is divided by the minutes of it that count."""
    begin = _ceil(datetime.fromisoformat(from_at)) if from_at else None
    end = min(_ceil(datetime.fromisoformat(to_at)), now) if to_at else now
    grain = series_span(begin, end, now).grain
    at = f"GREATEST(start_at, TIMESTAMP('{begin}'))" if begin else "start_at"
    until = f"LEAST(start_at + INTERVAL 1 {grain.upper()}, TIMESTAMP('{end}'))"
    since = f"minute_at >= '{begin}' AND " if begin else ""
    return f"""SELECT {at} AS at, source, total * 1e0 / TIMESTAMPDIFF(MINUTE, {at}, {until}) AS {what}_per_minute
        FROM (
            SELECT {_STARTS[grain]} AS start_at, source, SUM({what}) AS total
            FROM {table} WHERE {since}minute_at < '{end}' GROUP BY start_at, source
        ) AS counted"""


def _running_minute() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)


def _ceil(at: datetime) -> datetime:
    return datetime.min - (datetime.min - at) // _MINUTE * _MINUTE
