"""Which rollup serves which part of a time range.

A range is cut at the full hours and days in it: minutes up to the first full hour, hours up to the
first full day, days, and the same downwards at its end. So a month is read from some thirty days
and a few hours, and its sums are still those of the very minutes asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

_FIRST, _LAST = datetime(1000, 1, 1), datetime(9998, 12, 31)

# Up to here it is quicker to read the finer rows than to put together fine and coarse ones.
MINUTES_UNTIL = _HOUR
HOURS_UNTIL = _DAY

# Up to here a range is covered by minutes, or by hours.
MINUTES_COVER_UNTIL = timedelta(minutes=30)
HOURS_COVER_UNTIL = timedelta(hours=6)

# Up to here a line has a point a minute, or an hour.
MINUTELY_UNTIL = timedelta(hours=6)
HOURLY_UNTIL = timedelta(days=14)


@dataclass(frozen=True)
class Span:
    """Rows of one rollup: from_at <= row < to_at; None is without end."""

    grain: str
    from_at: datetime | None
    to_at: datetime | None

    @property
    def table(self) -> str:
        return f"hashtag_{self.grain}s"

    @property
    def column(self) -> str:
        return f"{self.grain}_at"

    @property
    def condition(self) -> str:
        bounds = ((">=", self.from_at), ("<", self.to_at))
        return " AND ".join(f"{self.column} {sign} '{at}'" for sign, at in bounds if at) or "TRUE"


def spans(from_at: datetime | None, to_at: datetime | None, now: datetime) -> list[Span]:
    """Return the parts of a range, in order; an end inside a minute counts from the next full one.

    A range up to now includes the whole running hour or day: what is not yet written needs no
    cutting off. An empty range has one part, which has no rows.
    """
    length = (to_at or now) - from_at if from_at else None
    steps = [("minute", _HOUR), ("hour", _DAY)]
    if length is not None and length <= MINUTES_UNTIL:
        steps = []
    elif length is not None and length <= HOURS_UNTIL:
        steps = steps[:1]
    if to_at and to_at >= now:
        to_at = _ceil(to_at, steps[-1][1] if steps else _MINUTE)
    from_at, to_at = _ceil(from_at, _MINUTE), _ceil(to_at, _MINUTE)
    return list(_cut(from_at, to_at, steps)) or [Span("minute", from_at, to_at)]


def covering(from_at: datetime | None, to_at: datetime | None, now: datetime) -> Span:
    """Return all buckets of one size that the range touches: few, and not much longer than it."""
    length = (to_at or now) - from_at if from_at else None
    if length is None or length > HOURS_COVER_UNTIL:
        grain, unit = "day", _DAY
    elif length > MINUTES_COVER_UNTIL:
        grain, unit = "hour", _HOUR
    else:
        grain, unit = "minute", _MINUTE
    return Span(grain, from_at and _floor(from_at, unit), _ceil(to_at, unit))


def midpoint(from_at: str | None, to_at: str | None) -> str:
    """Return an instant well inside a range.

    Superset puts its own condition on the time of every row, and reads its "now" a moment after the
    dataset did.
    """
    begin, end = instant(from_at) or datetime(1970, 1, 1), instant(to_at) or datetime(2970, 1, 1)
    return (begin + (end - begin) / 2).isoformat(" ", "seconds")


def series_span(from_at: datetime | None, to_at: datetime | None, now: datetime) -> Span:
    """Return the rows for a line over this range; not the running minute, which would look like a fall."""
    length = (to_at or now) - from_at if from_at else None
    if length is None or length > HOURLY_UNTIL:
        return Span("day", from_at, to_at)
    if length > MINUTELY_UNTIL:
        return Span("hour", from_at, to_at)
    return Span("minute", from_at, min(to_at or now, _floor(now, _MINUTE)))


def _cut(
    from_at: datetime | None, to_at: datetime | None, steps: list[tuple[str, timedelta]]
) -> Iterator[Span]:
    """Yield the fine head of a range, what is between, its fine tail."""
    tails = []
    for grain, coarser in steps:
        if from_at and (head_to := _ceil(from_at, coarser)) != from_at:
            yield Span(grain, from_at, head_to)
            from_at = head_to
        if to_at and (tail_from := _floor(to_at, coarser)) != to_at:
            tails.append(Span(grain, tail_from, to_at))
            to_at = tail_from
    if from_at is None or to_at is None or from_at < to_at:
        yield Span(("minute", "hour", "day")[len(steps)], from_at, to_at)
    yield from reversed(tails)


def full_minute(text: str) -> datetime:
    """Return the instant, or the start of the next minute where it lies inside one."""
    return _floor(_representable(text) + _MINUTE - timedelta(microseconds=1), _MINUTE)


def instant(text: str | None) -> datetime | None:
    """Return the instant of ISO 8601, UTC; None for none.

    People may pick any year, and neither servers nor Python know all: it is moved to one they know.
    """
    return _representable(text) if text else None


def _representable(text: str) -> datetime:
    return min(max(datetime.fromisoformat(text), _FIRST), _LAST)


def _floor(at: datetime, unit: timedelta) -> datetime:
    return at - (at - datetime(1970, 1, 1)) % unit


def _ceil(at: datetime | None, unit: timedelta) -> datetime | None:
    return at and _floor(at + unit - timedelta(microseconds=1), unit)
