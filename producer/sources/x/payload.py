"""One line of X's filtered stream: a post, or a notice about the stream itself."""

from typing import Any, Final

import msgspec

from producer.sources.replay.shapes import Shape, shape_of
from tidemark.contracts.events import Event

_MAX_TAGS: Final = 100
_MAX_TAG_CHARS: Final = 255
"""Tags travel in a header: with a thousand long ones no broker would take the record."""
_LEAVE: Final = ("disconnect_type", "connection_issue")


class Notice(msgspec.Struct):
    """A message of X about the stream; never published.

    ends_stream   X is about to close the connection, or should
    """

    text: str
    ends_stream: bool


class _Envelope(msgspec.Struct):
    """Only what decides; X and its stand-ins disagree on the types of the rest."""

    data: msgspec.Raw = msgspec.Raw()
    errors: Any = None
    matching_rules: Any = None


_decode: Final = msgspec.json.Decoder(_Envelope).decode


def read_line(line: bytes, *, received_at: int) -> Event | Notice:
    """Return a post as an event; what cannot be read is one too, which the jobs reject with a reason.
    Never raises."""
    try:
        envelope = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        envelope = _Envelope()
    if envelope.errors and bytes(envelope.data) in (b"", b"null"):
        return _notice(envelope.errors)
    shape: Shape = shape_of(line)
    return Event(
        line,
        source="x",
        received_at=received_at,
        key=shape.key,
        event_id=shape.event_id,
        rules=_tags(envelope.matching_rules),
    )


def _notice(errors: Any) -> Notice:
    found = (
        [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    )
    words = [str(error.get("detail") or error.get("title") or "no words") for error in found]
    return Notice(
        "; ".join(words) or "no words", any(name in error for error in found for name in _LEAVE)
    )


def _tags(matching_rules: Any) -> tuple[str, ...]:
    """Return the tag of each rule that matched, its id where it has none."""
    if not isinstance(matching_rules, list):
        return ()
    named = (rule.get("tag") or rule.get("id") for rule in matching_rules if isinstance(rule, dict))
    return tuple(str(name).replace(",", " ")[:_MAX_TAG_CHARS] for name in named if name)[:_MAX_TAGS]
