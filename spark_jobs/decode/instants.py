"""Times as the sources write them, to ms since 1970."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        start=1,
    )
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_FIRST_SNOWFLAKE = 1 << 40
ID_DIGITS = 20
"""As many as a number of 64 bits has. Python refuses to read thousands of them."""
LAST_MS = 253_402_300_799_999
"""The end of the year 9999, the last that DATETIME holds."""


def iso_ms(text: str) -> int:
    """Return an ISO 8601 time, as X v2 writes it: 2021-09-22T16:38:35.000Z; without a zone it is
    UTC.

    ValueError where it is none.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    ms = (moment - _EPOCH) // _MS
    return ms if 0 <= ms <= LAST_MS else _in_range(ms)


@lru_cache(maxsize=4_096)
def v1_ms(text: str) -> int:
    """Return a time of X v1.1, whatever the locale: Sat Mar 10 14:03:15 +0000 2018; or ISO, as
    recordings may have it.

    ValueError where it is none.
    """
    if text[:1].isdigit():
        return iso_ms(text)
    _, month, day, clock, zone, year = text.split(" ")
    number = _MONTHS.get(month)
    if number is None:
        raise ValueError(f"no month: {text}")
    return iso_ms(f"{year}-{number:02}-{day}T{clock}{zone[:3]}:{zone[3:]}")


def epoch_ms(text: str) -> int:
    """Return a number of ms in a string, as X v1.1 writes timestamp_ms."""
    return _in_range(int(text))


def snowflake_ms(post_id: str) -> int | None:
    """Return when X, which puts its clock into ids since November 2010, made an id; None for an
    older or another id."""
    if (
        not post_id.isdecimal()
        or not _FIRST_SNOWFLAKE <= (number := int(post_id[:ID_DIGITS])) < 1 << 63
    ):
        return None
    return (number >> 22) + _SNOWFLAKE_EPOCH_MS


def _in_range(ms: int) -> int:
    if 0 <= ms <= LAST_MS:
        return ms
    raise ValueError(f"outside 1970 to 9999: {ms} ms")
