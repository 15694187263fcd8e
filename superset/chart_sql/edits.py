"""The SQL of sums and rates of edits over any range, for the datasets in assets/."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from chart_sql.coverage import flag_partial
from chart_sql.time_ranges import Span, instant, series_span, spans

MADE_BY: Final = "IF(is_bot, 'bots', 'people')"
_SOURCE: Final = "IF(wiki LIKE 'sample!_%' ESCAPE '!', 'sample_wikimedia', 'wikimedia')"
_RATES: Final = ("edits", "bytes_added", "bytes_removed")
_MEASURES: Final = ("edits", "minor_edits", "bytes_added", "bytes_removed")


def edit_sums(
    from_at: str | None, to_at: str | None, wikis: str = "", made_by: Sequence[str] = ()
) -> str:
    """Return SQL of (wiki, type, made_by, edits, minor_edits, bytes_added, bytes_removed), exact to
    the minute.

    from_at, to_at   ISO 8601, UTC
    wikis            ('a', 'b') as SQL quotes it; empty for all
    made_by          bots, people; empty for both
    """
    sums = _sums(_MEASURES)
    chosen = where(wikis, made_by)
    parts = " UNION ALL ".join(
        f"""
            SELECT wiki, type, is_bot, {sums}
            FROM {_table(span)}
            WHERE {span.condition}{chosen}
            GROUP BY wiki, type, is_bot"""
        for span in spans(instant(from_at), instant(to_at), now())
    )
    return f"""
        SELECT wiki, type, {MADE_BY} AS made_by, {sums}
        FROM ({parts}) AS counted
        GROUP BY wiki, type, is_bot"""


def edit_rates(
    from_at: str | None, to_at: str | None, wikis: str = "", made_by: Sequence[str] = ()
) -> str:
    """Return SQL of (at, type, made_by, series, edits, bytes_added, bytes_removed), the last three
    per minute.

    By the minute, as the mean of an hour or day over longer ranges. An hour or day that the start
    of the range cuts is left out, and the running one is divided by the minutes of it that are
    gone. series is the type, or `partly covered` where Wikimedia was.
    """
    moment = now()
    span = series_span(instant(from_at), instant(to_at), moment)
    end = min(moment, (span.to_at or moment) + timedelta(**{f"{span.grain}s": 1}))
    counted = _counted(span, moment, where(wikis, made_by))
    flagged = flag_partial(counted, span.grain, span.from_at, end)
    # At least one minute: an hour has begun before a minute of it is gone.
    minutes = "GREATEST(1e0, TIMESTAMPDIFF(SECOND, at, until) / 60)"
    rates = ", ".join(f"{name} / {minutes} AS {name}" for name in _RATES)
    return f"""
        SELECT at, type, {MADE_BY} AS made_by, IF(in_part, 'partly covered', type) AS series, {rates}
        FROM ({flagged}) AS flagged"""


def _counted(span: Span, moment: datetime, chosen: str) -> str:
    """Return the rows that coverage.flag_partial wants, with the sums of each."""
    at = f"{span.grain}_at"
    ends_at = f"{at} + INTERVAL 1 {span.grain.upper()}"
    return f"""
        SELECT {at} AS start_at, {at} AS at,
            LEAST({ends_at}, TIMESTAMP('{moment:%Y-%m-%d %H:%M:%S}')) AS until,
            {_SOURCE} AS source, type, is_bot, {_sums(_RATES)}
        FROM {_table(span)}
        WHERE {span.condition}{chosen}
        GROUP BY {at}, {_SOURCE}, type, is_bot"""


def where(wikis: str, made_by: Sequence[str]) -> str:
    """Return further conditions on a rollup."""
    flags = ", ".join("1" if who == "bots" else "0" for who in made_by)
    of_wikis = f" AND wiki IN {wikis}" if wikis else ""
    of_makers = f" AND is_bot IN ({flags})" if flags else ""
    return of_wikis + of_makers


def now() -> datetime:
    """Return the present instant in UTC, as the tables keep it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _sums(measures: Sequence[str]) -> str:
    return ", ".join(f"SUM({measure}) AS {measure}" for measure in measures)


def _table(span: Span) -> str:
    return f"edit_{span.grain}s"
