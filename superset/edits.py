"""The SQL of sums and rates of edits over any range, for the datasets in assets/."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hearing import marked
from spans import Span, instant, series_span, spans

MADE_BY = "IF(is_bot, 'bots', 'people')"
_RATES = ("edits", "bytes_added", "bytes_removed")
_MEASURES = ("edits", "minor_edits", "bytes_added", "bytes_removed")


def edit_sums(
    from_at: str | None, to_at: str | None, wikis: str = "", made_by: Sequence[str] = ()
) -> str:
    """SQL of (wiki, type, made_by, edits, minor_edits, bytes_added, bytes_removed), exact to the
    minute.

    from_at, to_at   ISO 8601, UTC
    wikis            ('a', 'b') as SQL quotes it; empty for all
    made_by          bots, people; empty for both
    """
    sums = ", ".join(f"SUM({measure}) AS {measure}" for measure in _MEASURES)
    parts = " UNION ALL ".join(
        f"SELECT wiki, type, is_bot, {sums} FROM {_table(span)} WHERE {span.condition}{where(wikis, made_by)} "
        "GROUP BY wiki, type, is_bot"
        for span in spans(instant(from_at), instant(to_at), now())
    )
    return f"""SELECT wiki, type, {MADE_BY} AS made_by, {sums}
        FROM ({parts}) AS counted GROUP BY wiki, type, is_bot"""


def edit_rates(
    from_at: str | None, to_at: str | None, wikis: str = "", made_by: Sequence[str] = ()
) -> str:
    """SQL of (at, type, made_by, series, edits, bytes_added, bytes_removed), the last three per
    minute.

    By the minute, as the mean of an hour or day over longer ranges. An hour or day that the start
    of the range cuts is left out, and the running one is divided by the minutes of it that are
    gone. series is the type, or `heard in part` where Wikimedia was.
    """
    moment = now()
    span = series_span(instant(from_at), instant(to_at), moment)
    at, unit = f"{span.grain}_at", f"INTERVAL 1 {span.grain.upper()}"
    # At least one minute: an hour has begun before a minute of it is gone.
    minutes = "GREATEST(1e0, TIMESTAMPDIFF(SECOND, at, until) / 60)"
    sums = ", ".join(f"SUM({name}) AS {name}" for name in _RATES)
    counted = f"""SELECT {at} AS start_at, {at} AS at,
            LEAST({at} + {unit}, TIMESTAMP('{moment:%Y-%m-%d %H:%M:%S}')) AS until,
            'wikimedia' AS source, type, is_bot, {sums}
        FROM {_table(span)} WHERE {span.condition}{where(wikis, made_by)} GROUP BY {at}, type, is_bot"""
    end = min(moment, (span.to_at or moment) + timedelta(**{f"{span.grain}s": 1}))
    return f"""SELECT at, type, {MADE_BY} AS made_by, IF(in_part, 'heard in part', type) AS series,
            {", ".join(f"{name} / {minutes} AS {name}" for name in _RATES)}
        FROM ({marked(counted, span.grain, span.from_at, end)}) AS marked"""


def where(wikis: str, made_by: Sequence[str]) -> str:
    """Further conditions on a rollup."""
    flags = ", ".join("1" if who == "bots" else "0" for who in made_by)
    return (f" AND wiki IN {wikis}" if wikis else "") + (
        f" AND is_bot IN ({flags})" if flags else ""
    )


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _table(span: Span) -> str:
    return f"edit_{span.grain}s"
