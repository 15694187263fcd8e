"""One recent change of Wikimedia's EventStreams, as far as a source must know it."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

_MAX_ID_CHARS: Final = 255
_CANARY: Final = "canary"


class Change(NamedTuple):
    """What a payload tells; None where it does not.

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
        """Users are others in each wiki; on hidden changes there is none."""
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
    """Never raises: what cannot be read tells nothing."""
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
    """Too long to be one is as good as none: ids and keys must fit beside the payload."""
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_ID_CHARS else None


def _at(value: object) -> int | None:
    """Seconds in old recordings, milliseconds since; Z or +00:00."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return round(moment.timestamp() * 1_000_000) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
