"""Wikimedia's recent changes, as EventStreams sends them (schema mediawiki/recentchange).

Only `meta` is sure to be there. What is not needed is not read, so that it may be anything: `log_params` is an object,
a list or a string, `id` a number or null, and in 2019 the schema was named in meta.schema_uri instead of $schema.
"""

import msgspec

from spark_jobs.decode.edit import TYPES, Edit, checked
from spark_jobs.decode.instants import epoch_ms, iso_ms
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.refusal import UNREADABLE, refused
from tidemark.contracts.reasons import Reason


class Meta(msgspec.Struct, gc=False):
    """The event itself; dt is when the wiki sent it."""

    id: str | None = None
    dt: str | None = None
    domain: str | None = None


class Length(msgspec.Struct, gc=False):
    """Bytes of the page; `old` is missing where it is new."""

    old: int | None = None
    new: int | None = None


class Change(msgspec.Struct, gc=False):
    """What all types share, and `length` and `minor` of edits and new pages."""

    meta: Meta | None = None
    type: str | None = None
    wiki: str | None = None
    title: str | None = None
    namespace: int | None = None
    user: str | None = None
    bot: bool | None = None
    minor: bool | None = None
    length: Length | None = None
    timestamp: int | None = None


_decode = msgspec.json.Decoder(Change).decode
_NO_META = Meta()
_NO_LENGTH = Length()

CANARY = "canary"
"""The domain of events that only prove that the stream is alive."""


def decode_wikimedia(payload: bytes | memoryview) -> Edit | Rejected:
    """The edit in a payload, or the reason why there is none. Never raises, whatever the bytes."""
    try:
        change = _decode(payload)
    except UNREADABLE as error:
        return refused(payload, error, Reason.NOT_AN_EDIT)
    meta = change.meta or _NO_META
    if (no_edit := _no_edit(change, meta)) is not None:
        return Rejected(Reason.NOT_AN_EDIT, no_edit[:255])
    if not meta.id:
        return Rejected(Reason.NO_ID)
    try:
        created_at_ms = _created_at_ms(meta, change)
    except ValueError as error:
        return Rejected(Reason.BAD_CREATED_AT, str(error)[:255])
    if created_at_ms is None:
        return Rejected(Reason.NO_CREATED_AT)
    length = change.length or _NO_LENGTH
    return checked(
        Edit(
            edit_id=meta.id,
            wiki=change.wiki or "",
            type=change.type or "",
            title=change.title or None,
            namespace=change.namespace,
            user_name=change.user or None,
            is_bot=change.bot or False,
            is_minor=change.minor or False,
            size_old=length.old,
            size_new=length.new,
            created_at_ms=created_at_ms,
        )
    )


def _no_edit(change: Change, meta: Meta) -> str | None:
    """What makes it something else; None for an edit."""
    if meta.domain == CANARY:
        return "a canary of the stream"
    if change.type not in TYPES:
        return f"type is {change.type}"
    return None if change.wiki else "it names no wiki"


def _created_at_ms(meta: Meta, change: Change) -> int | None:
    if meta.dt is not None:
        return iso_ms(meta.dt)
    return None if change.timestamp is None else epoch_ms(str(change.timestamp * 1_000))
