"""One recent change of Wikimedia's EventStreams, as far as a source must know it."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

_MAX_ID_CHARS: Final = 255
_CANARY: Final = "canary"


class Change(NamedTuple):
    """What is read of a payload; None where it is missing.

    sent_at  µs since 1970, by Wikimedia's clock
    """

    meta_id: str | None = None
    sent_at: int | None = None
    is_canary: bool = False
    wiki: str | None = None
    kind: str | None = None
    is_bot: bool | None = None
    user: str | None = None

    @property
    def event_id(self) -> str | None:
        return None if self.meta_id is None else f"wm:{self.meta_id}"

    @property
    def key(self) -> bytes | None:
        """Return the wiki with its user: names differ between wikis, and a hidden change has none."""
        return (
            None if self.wiki is None or self.user is None else f"{self.wiki}:{self.user}".encode()
        )


class _Payload(msgspec.Struct, gc=False):
    """Of any type: a field that is wrong must not hide the others."""

    meta: Any = None
    wiki: Any = None
    type: Any = None
    bot: Any = None
    user: Any = None


_UNKNOWN: Final = Change()
_decode: Final = msgspec.json.Decoder(_Payload).decode


def read_change(payload: bytes) -> Change:
    """Return what can be read of it, also of what is no JSON. Never raises."""
    try:
        found = _decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _UNKNOWN
    meta = found.meta if isinstance(found.meta, dict) else {}
    return Change(
        _text(meta.get("id")),
        _at(meta.get("dt")),
        meta.get("domain") == _CANARY,
        _text(found.wiki),
        _text(found.type),
        found.bot if isinstance(found.bot, bool) else None,
        _text(found.user),
    )


def _text(value: object) -> str | None:
    """Return a text that is not too long: ids and keys must fit beside the payload."""
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_ID_CHARS else None


def _at(value: object) -> int | None:
    """Parse a time: to the second in old recordings, to the millisecond since; Z or +00:00."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return round(moment.timestamp() * 1_000_000) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
