"""Times as the sources write them, to ms since 1970."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
LAST_MS = 253_402_300_799_999
"""The end of the year 9999, the last that DATETIME holds."""


def iso_ms(text: str) -> int:
    """ISO 8601, as X v2 writes it: 2021-09-22T16:38:35.000Z. ValueError where it is none, or has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone: {text}")
    return _checked(moment)


@lru_cache(maxsize=4_096)
def v1_ms(text: str) -> int:
    """The format of X v1.1, whatever the locale: Sat Mar 10 14:03:15 +0000 2018. ValueError where it is none."""
    _, month, day, clock, zone, year = text.split(" ")
    number = _MONTHS.get(month)
    if number is None:
        raise ValueError(f"no month: {text}")
    return _checked(datetime.fromisoformat(f"{year}-{number:02}-{day}T{clock}{zone[:3]}:{zone[3:]}"))


def epoch_ms(text: str) -> int:
    """A number of ms in a string, as X v1.1 writes timestamp_ms."""
    return _in_range(int(text))


def _checked(moment: datetime) -> int:
    return _in_range((moment - _EPOCH) // _MS)


def _in_range(ms: int) -> int:
    if 0 <= ms <= LAST_MS:
        return ms
    raise ValueError(f"outside 1970 to 9999: {ms} ms")
