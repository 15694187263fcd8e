"""The SQL of sums and rates of edits over any range, for the datasets in assets/."""

from collections.abc import Sequence
from datetime import UTC, datetime

from spans import Span, series_span, spans

MADE_BY = "IF(is_bot, 'bots', 'people')"
_MEASURES = ("edits", "minor_edits", "bytes_added", "bytes_removed")


def edit_sums(from_at: str | None, to_at: str | None, wikis: str = "", made_by: Sequence[str] = ()) -> str:
    """SQL of (wiki, type, made_by, edits, minor_edits, bytes_added, bytes_removed), exact to the minute.

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


def edit_rates(from_at: str | None, to_at: str | None, wikis: str = "", made_by: Sequence[str] = ()) -> str:
    """SQL of (at, type, made_by, edits, bytes_added, bytes_removed), all but the first three per minute.

    By the minute, as the mean of an hour or day over longer ranges. An hour or day that the start of the range cuts is
    left out, and the running one is divided by the minutes of it that are gone.
    """
    moment = now()
    span = series_span(instant(from_at), instant(to_at), moment)
    at = f"{span.grain}_at"
    # At least one: an hour has begun before a minute of it is gone.
    minutes = f"""GREATEST(1e0, TIMESTAMPDIFF(SECOND, {at},
            LEAST({at} + INTERVAL 1 {span.grain.upper()}, TIMESTAMP('{moment:%Y-%m-%d %H:%M:%S}'))) / 60)"""
    rates = ", ".join(f"SUM({name}) / {minutes} AS {name}" for name in ("edits", "bytes_added", "bytes_removed"))
    return f"""SELECT {at} AS at, type, {MADE_BY} AS made_by, {rates}
        FROM {_table(span)} WHERE {span.condition}{where(wikis, made_by)} GROUP BY {at}, type, is_bot"""


def where(wikis: str, made_by: Sequence[str]) -> str:
    """Further conditions on a rollup."""
    flags = ", ".join("1" if who == "bots" else "0" for who in made_by)
    return (f" AND wiki IN {wikis}" if wikis else "") + (f" AND is_bot IN ({flags})" if flags else "")


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _table(span: Span) -> str:
    return f"edit_{span.grain}s"
