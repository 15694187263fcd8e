"""Wikimedia's recent changes, as EventStreams sends them (schema mediawiki/recentchange).

Only `meta` is sure to be there. What is not needed is not read, so that it may be anything:
`log_params` is an object, a list or a string, `id` a number or null, and in 2019 the schema was
named in meta.schema_uri instead of $schema.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from spark_jobs.decode.edit import Edit, validate_edit
from spark_jobs.decode.instants import epoch_ms, iso_ms
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.reading import Odd, reader
from tidemark.contracts.oddities import Oddity
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


_NO_META = Meta()
_NO_LENGTH = Length()

CANARY = "canary"
"""The domain of events that only prove that the stream is alive."""


def _interpret(change: Change, odd: Odd) -> Edit | Rejected:
    meta = change.meta or _NO_META
    if (no_edit := _no_edit(change, meta)) is not None:
        return Rejected(Reason.NOT_AN_EDIT, no_edit)
    if not meta.id:
        return Rejected(Reason.NO_ID)
    try:
        created_at_ms, odd = _created_at_ms(meta, change, odd)
    except ValueError as error:
        return Rejected(Reason.BAD_CREATED_AT, str(error)[:255])
    if created_at_ms is None:
        return Rejected(Reason.NO_CREATED_AT)
    length = change.length or _NO_LENGTH
    if Oddity.BAD_TYPE in odd and length.old is None:
        length = _NO_LENGTH  # what was left out may be the old size: the new one alone is what a new page has
    return validate_edit(
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
            odd=odd,
        )
    )


def _no_edit(change: Change, meta: Meta) -> str | None:
    """Return what makes it something else; None for an edit."""
    if meta.domain == CANARY:
        return "a canary of the stream"
    if not change.type:
        return "it has no type"
    return None if change.wiki else "it names no wiki"


def _created_at_ms(meta: Meta, change: Change, odd: Odd) -> tuple[int | None, Odd]:
    """Return when it was made, and whether that was odd; ValueError where neither of its two dates
    is one."""
    try:
        if meta.dt is not None:
            return iso_ms(meta.dt), odd
    except ValueError:
        if change.timestamp is None:
            raise
        odd |= {Oddity.BAD_DATE}
    return None if change.timestamp is None else epoch_ms(str(change.timestamp * 1_000)), odd


decode_wikimedia: Final[Callable[[bytes | memoryview], Edit | Rejected]] = reader(
    Change, _interpret, Reason.NOT_AN_EDIT
)
"""Return the edit in a payload, or the reason why there is none. Never raises, whatever the
bytes."""
