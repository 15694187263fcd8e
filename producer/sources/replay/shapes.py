"""What is read of a recorded payload: its shape, its id, its author and when it was written."""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

from tidemark.contracts import recordings
from tidemark.contracts.surrogates import without_halves

_MAX_ID_CHARS: Final = 255
_YEAR_10000_MS: Final = 253_402_300_800_000
_BROKEN: Final = "\ufffd"
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"


class _Object(msgspec.Struct, gc=False):
    """Is there; what is in it is not read."""


class _User(msgspec.Struct, gc=False):
    id_str: Any = None
    id: Any = None


class _V2Data(msgspec.Struct, gc=False):
    id: Any = None
    author_id: Any = None
    created_at: Any = None


_Other = list[msgspec.Raw] | str | int | float | bool | None
"""A field of a type that it should not have costs no more than itself."""


class _XPayload(msgspec.Struct, gc=False):
    """The top of a document: what recordings.shape_of looks at, and where each shape keeps id,
    author and time."""

    data: _V2Data | _Other = None
    meta: _Object | _Other = None
    author_id: Any = None
    author: _User | _Other = None
    edit_history_tweet_ids: _Object | _Other = None
    user: _User | _Other = None
    text: Any = None
    full_text: Any = None
    entities: _Object | _Other = None
    delete: Any = None
    statuses: _Object | _Other = None
    id_str: Any = None
    id: Any = None
    timestamp_ms: Any = None
    created_at: Any = None


class Shape(NamedTuple):
    """source chooses the decoder; the rest is None where the payload lacks it."""

    source: str = "x"
    post_id: str | None = None
    author_id: str | None = None
    written: str | None = None
    """When, as the payload words it: written_at_us reads it."""
    form: recordings.Shape = recordings.Shape.UNKNOWN
    is_v1_page: bool = False
    """Whether it is an answer of v1.1's search, with its posts in `statuses`."""

    @property
    def event_id(self) -> str | None:
        """Return the id of this version of a post; a notice that it was deleted has another
        one."""
        ending = ":delete" if self.form is recordings.Shape.DELETE else ""
        return None if self.post_id is None else f"{self.source}:{self.post_id}{ending}"

    @property
    def key(self) -> bytes | None:
        return None if self.author_id is None else self.author_id.encode()


_UNKNOWN: Final = Shape()
_decode: Final = msgspec.json.Decoder(_XPayload).decode


def shape_of(payload: bytes) -> Shape:
    """Return the shape; for what is no JSON, or has no shape that we know, that of X without an id.
    Never raises."""
    found = _top_of(payload)
    if found is None:
        return _UNKNOWN
    form = recordings.shape_of(found)
    data = found.data
    match form:
        case recordings.Shape.V2 if isinstance(data, _V2Data):
            return Shape("x", _id(data.id), _id(data.author_id), _text(data.created_at), form)
        case recordings.Shape.FLAT:
            author_id = _id(found.author_id) or _user_id(found.author)
            return Shape("x", _id(found.id), author_id, _text(found.created_at), form)
        case recordings.Shape.DELETE:
            return _deleted(found.delete)
        case recordings.Shape.V1 | recordings.Shape.UNKNOWN:
            written = _text(found.timestamp_ms) or _text(found.created_at)
            is_page = isinstance(found.statuses, list) and form is recordings.Shape.UNKNOWN
            return Shape(
                "x",
                _id(found.id_str) or _id(found.id),
                _user_id(found.user),
                written,
                form,
                is_page,
            )
    return _UNKNOWN._replace(form=form)


def written_at_us(shape: Shape) -> int | None:
    """Return when it was written, µs since 1970; None where the payload has no time that we can
    read."""
    text = shape.written
    if text is None:
        return None
    try:
        if text.isdigit():
            return int(text) * 1000 if int(text) < _YEAR_10000_MS else None
        moment = datetime.fromisoformat(text) if text[:1].isdigit() else _v1_moment(text)
        return round(
            (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000
        )
    except (ValueError, OverflowError):
        return None


def _top_of(payload: bytes) -> _XPayload | None:
    for document in (payload, None):
        try:
            return _decode(without_halves(payload) if document is None else document)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
    return None


def _deleted(delete: Any) -> Shape:
    """Read {"status": {"id_str", "user_id_str", …}}, v1.1's notice."""
    status = delete.get("status") if isinstance(delete, dict) else None
    if not isinstance(status, dict):
        return _UNKNOWN._replace(form=recordings.Shape.DELETE)
    post_id = _id(status.get("id_str")) or _id(status.get("id"))
    author_id = _id(status.get("user_id_str")) or _id(status.get("user_id"))
    return Shape("x", post_id, author_id, form=recordings.Shape.DELETE)


def _v1_moment(text: str) -> datetime:
    """Parse `Sat Mar 10 14:03:15 +0000 2018`, in English whatever the locale, which strptime would
    not."""
    _, month, day, time, _, year = text.split()
    hour, minute, second = time.split(":")
    month_number = _MONTHS.index(month) // 3 + 1
    return datetime(
        int(year), month_number, int(day), int(hour), int(minute), int(second), tzinfo=UTC
    )


def _user_id(user: _User | _Other) -> str | None:
    return (_id(user.id_str) or _id(user.id)) if isinstance(user, _User) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _id(value: Any) -> str | None:
    """Return an id as text, though some endpoints send numbers; None for a float, which has lost its
    last digits, and for what is too long or broken."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= _MAX_ID_CHARS and _BROKEN not in text else None
