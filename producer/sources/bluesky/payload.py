"""One message of Jetstream, as far as a source must know it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

_MAX_DID_CHARS: Final = 255
_MAX_EVENT_ID_CHARS: Final = 1024
_FIRST_TIME_US: Final = 10**15
"""Jetstream reads a smaller cursor as a sequence number. As a time it would lie in 2001."""
_AHEAD_US: Final = 86_400 * 1_000_000
"""One time from the far future would, as the cursor, skip all that comes until then."""


class _Commit(msgspec.Struct, gc=False):
    rev: str | None = None
    operation: str | None = None
    collection: str | None = None
    rkey: str | None = None
    record: msgspec.Raw = msgspec.Raw()


class _Numbered(msgspec.Struct, gc=False):
    seq: int | None = None


class _Payload(msgspec.Struct):
    did: str | None = None
    time_us: int | None = None
    kind: str | None = None
    commit: _Commit | None = None
    identity: _Numbered | None = None
    account: _Numbered | None = None


class _Record(msgspec.Struct, gc=False):
    langs: list[str] | None = None


_decode: Final = msgspec.json.Decoder(_Payload).decode
_decode_record: Final = msgspec.json.Decoder(_Record).decode


class Message(NamedTuple):
    """Fields are None where the payload lacks them, or has them in a form that cannot be used.

    time_us   when the server got it: µs since 1970, not in order, and good as a cursor
    record    JSON of what was created or updated; empty where there is none
    """

    did: str | None = None
    event_id: str | None = None
    time_us: int | None = None
    kind: str | None = None
    operation: str | None = None
    record: bytes | memoryview = b""


_UNKNOWN: Final = Message()


def read_message(payload: bytes, *, received_at: int) -> Message:
    """Return what is known of the payload; nothing, where it is no message of Jetstream: the job
    that reads it refuses it with a reason."""
    try:
        found = _decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _UNKNOWN
    did = found.did if found.did and len(found.did) <= _MAX_DID_CHARS else None
    event_id = None if did is None else _event_id(did, found)
    commit = found.commit
    return Message(
        did,
        event_id if event_id and len(event_id) <= _MAX_EVENT_ID_CHARS else None,
        _time_us(found.time_us, received_at),
        found.kind,
        None if commit is None else commit.operation,
        b"" if commit is None else bytes(commit.record),
    )


def is_wanted(message: Message, languages: Sequence[str]) -> bool:
    """Return whether it is in one of the languages, in lower case, where any are given. `pt` matches
    pt-BR too.

    Posts that name no language are dropped, and reposts, which never do. Deletes, identities,
    accounts and what we cannot read are kept: they have no language, and must not be missed.
    """
    if not languages or message.kind != "commit" or message.operation not in ("create", "update"):
        return True
    try:
        named = _decode_record(message.record).langs or ()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return True
    tags = {tag.lower() for tag in named}
    primary = {tag.partition("-")[0] for tag in tags}
    return not (tags | primary).isdisjoint(languages)


def _event_id(did: str, found: _Payload) -> str | None:
    commit = found.commit
    if commit is not None:
        parts = (commit.collection, commit.rkey, commit.rev, commit.operation)
        return "bs:{}/{}/{}@{}:{}".format(did, *parts) if all(parts) else None
    numbered = found.identity or found.account
    number = found.time_us if numbered is None or numbered.seq is None else numbered.seq
    return None if found.kind is None or number is None else f"bs:{did}@{number}:{found.kind}"


def _time_us(time_us: int | None, received_at: int) -> int | None:
    is_usable = time_us is not None and _FIRST_TIME_US <= time_us <= received_at + _AHEAD_US
    return time_us if is_usable else None
