"""What Mastodon sends, in its stream and in its timelines, as far as a source must know it."""

import re
from typing import Any, Final, NamedTuple

import msgspec

from tidemark.contracts.events import Event

SOURCE: Final = "mastodon"
_MAX_ID_CHARS: Final = 255
_BARE_ID: Final = re.compile(rb'("?)([0-9A-Za-z]{1,64})\1')
_SNOWFLAKE: Final = re.compile(r"[0-9]{15,19}")
_SNOWFLAKE_MS_BITS: Final = 16


class Post(NamedTuple):
    """A status or a delete, as an event.

    post_id  None where it has none, or is deleted
    version  differs between a status and its edits
    """

    event: Event
    post_id: str | None = None
    version: str = ""


class _Account(msgspec.Struct, gc=False):
    uri: str | None = None
    url: str | None = None
    acct: str | None = None


class _Status(msgspec.Struct, gc=False):
    id: str | None = None
    uri: str | None = None
    edited_at: str | None = None
    account: _Account | None = None


_decode: Final = msgspec.json.Decoder(_Status).decode
_decode_page: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_UNKNOWN: Final = _Status()
_NOBODY: Final = _Account()


def read_status(payload: bytes, *, received_at: int, rules: tuple[str, ...]) -> Post:
    """Return the status as an event. What is no status is an event like any other, without id and
    author."""
    try:
        status = _decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        status = _UNKNOWN
    account = status.account or _NOBODY
    author = _id(account.uri or account.url or account.acct)
    uri, version = _id(status.uri), status.edited_at or ""
    suffix = f"@{version}" if version else ""
    event = Event(
        payload,
        SOURCE,
        received_at,
        key=None if author is None else author.encode(),
        event_id=None if uri is None else f"ma:{uri}{suffix}",
        rules=rules,
    )
    return Post(event, _id(status.id), version)


def read_delete(payload: bytes, *, received_at: int, host: str, rules: tuple[str, ...]) -> Post:
    """Return the delete as an event without a key: the payload is only the id, by which this
    instance knows the post."""
    bare = _BARE_ID.fullmatch(payload)
    event_id = None if bare is None else f"ma:del:{host}:{bare[2].decode()}"
    return Post(Event(payload, SOURCE, received_at, event_id=event_id, rules=rules))


def statuses_of(page: bytes) -> list[bytes]:
    """Return the statuses of a timeline's page, oldest first, each byte for byte; ValueError where
    it is no list."""
    try:
        return [bytes(status) for status in reversed(_decode_page(page))]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no list of statuses: {error}") from None


def order(post_id: str) -> tuple[int, str]:
    """Return what ids are compared by: they are numbers as text, so that a longer one is later."""
    return len(post_id), post_id


def latest(*post_ids: str | None) -> str | None:
    """Return the latest id; None where there is none."""
    return max((post_id for post_id in post_ids if post_id is not None), key=order, default=None)


def earlier(post_id: str, rewind_ms: int) -> str:
    """Return the id that a post some ms earlier would have; the same where an id holds no time."""
    if _SNOWFLAKE.fullmatch(post_id) is None:
        return post_id
    return str(max(0, int(post_id) - (rewind_ms << _SNOWFLAKE_MS_BITS)))


def _id(value: Any) -> str | None:
    """Return the text; None where it is too long for an id."""
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_ID_CHARS else None
