"""What a recorded payload tells of itself: whose it is, its id, its author and when it was written."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

_MAX_ID_CHARS: Final = 255
_YEAR_10000_MS: Final = 253_402_300_800_000
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"

_Id = str | int | None


class _V2Data(msgspec.Struct, gc=False):
    id: _Id = None
    author_id: _Id = None
    created_at: str | None = None


class _V1User(msgspec.Struct, gc=False):
    id_str: str | None = None
    id: _Id = None


class _XPayload(msgspec.Struct, gc=False):
    """X v2 keeps the post under `data`; in X v1.1 the document is the post."""

    data: _V2Data | None = None
    id_str: str | None = None
    id: _Id = None
    user: _V1User | None = None
    timestamp_ms: str | None = None
    created_at: str | None = None


class Shape(NamedTuple):
    """source chooses the decoder; the rest is None where the payload does not tell."""

    source: str = "x"
    post_id: str | None = None
    author_id: str | None = None
    written: str | None = None
    """When, as the payload words it: written_at_us reads it."""

    @property
    def event_id(self) -> str | None:
        return None if self.post_id is None else f"{self.source}:{self.post_id}"

    @property
    def key(self) -> bytes | None:
        return None if self.author_id is None else self.author_id.encode()


_UNKNOWN: Final = Shape()
_decode: Final = msgspec.json.Decoder(_XPayload).decode


def shape_of(payload: bytes) -> Shape:
    """Never raises: what is no JSON, or has no shape that we know, is of X, and tells nothing."""
    try:
        found = _decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _UNKNOWN
    if found.data is not None:
        return Shape("x", _id(found.data.id), _id(found.data.author_id), found.data.created_at)
    user = found.user
    author_id = None if user is None else _id(user.id_str or user.id)
    return Shape("x", _id(found.id_str or found.id), author_id, found.timestamp_ms or found.created_at)


def written_at_us(shape: Shape) -> int | None:
    """µs since 1970; None where the payload does not say, or not in words that we know."""
    text = shape.written
    if text is None:
        return None
    try:
        if text.isdigit():
            return int(text) * 1000 if int(text) < _YEAR_10000_MS else None
        moment = datetime.fromisoformat(text) if text[:1].isdigit() else _v1_moment(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return None


def _v1_moment(text: str) -> datetime:
    """Sat Mar 10 14:03:15 +0000 2018, in English whatever the locale, which strptime would not promise."""
    _, month, day, time, _, year = text.split()
    hour, minute, second = time.split(":")
    month_number = _MONTHS.index(month) // 3 + 1
    return datetime(int(year), month_number, int(day), int(hour), int(minute), int(second), tzinfo=UTC)


def _id(value: _Id) -> str | None:
    """Ids are text, though some endpoints send numbers. Too long to be one is as good as none."""
    text = "" if value is None else str(value)
    return text if 0 < len(text) <= _MAX_ID_CHARS else None
