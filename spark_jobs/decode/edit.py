"""What a decoder of topic `edits` returns: a change of a wiki that fits its columns, or why there is
none."""

from typing import Final

import msgspec
from msgspec.structs import replace

from spark_jobs.decode.post import Rejected
from spark_jobs.decode.reading import NOTHING_ODD, Odd
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason

TYPES: Final = ("edit", "new", "categorize", "log", "external")
"""Types of MediaWiki: a page changed, was made, was put into a category, was acted upon; something
changed on another wiki.

An extension adds types, which MediaWiki names by their number."""

OTHER: Final = "other"
"""Stands for a type whose name fits no column."""

LIMITS: Final = {"edit_id": 64, "wiki": 64, "title": 400, "user_name": 255}
_NEEDED: Final = ("edit_id", "wiki")
_TYPE_LIMIT: Final = 16
"""Characters of the columns. MediaWiki's own limit is 255 bytes; a title has its namespace in front
of that."""

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


class Edit(msgspec.Struct, gc=False, frozen=True):
    """A change of a wiki, ready for the tables. None means unknown, or that this type has no such
    thing.

    type           one of TYPES, that of an extension, or OTHER
    title          of the page, its namespace in front; namespace is that namespace's number
    user_name      an account, or an IP address; None where the wiki hides it
    is_bot         flagged so by the wiki, and so is_minor
    size_old       bytes of the page before, 0 where there was none; None where bytes are not given
    size_new       bytes of the page afterwards
    created_at_ms  ms since 1970, UTC
    """

    edit_id: str
    wiki: str
    type: str
    title: str | None
    namespace: int | None
    user_name: str | None
    is_bot: bool
    is_minor: bool
    size_old: int | None
    size_new: int | None
    created_at_ms: int
    odd: Odd = NOTHING_ODD

    @property
    def bytes_added(self) -> int | None:
        """Return the bytes that the page grew by, 0 where it shrank."""
        return None if self.size_new is None else max(0, self.size_new - (self.size_old or 0))

    @property
    def bytes_removed(self) -> int | None:
        """Return the bytes that the page shrank by, 0 where it grew."""
        return None if self.size_new is None else max(0, (self.size_old or 0) - self.size_new)


def validate_edit(edit: Edit) -> Edit | Rejected:
    """Return the edit with None for what does not fit its column; Rejected as too_long where that
    is its id or wiki."""
    changes: dict[str, str | int | None] = {}
    odd = set(edit.odd)
    for column, limit in LIMITS.items():
        text: str | None = getattr(edit, column)
        if text is None or len(text) <= limit:
            continue
        if column in _NEEDED:
            return Rejected(
                Reason.TOO_LONG, f"{column} has {len(text)} characters, the column holds {limit}"
            )
        changes[column] = None
        odd.add(Oddity.TOO_LONG)
    if not edit.type.isascii() or len(edit.type) > _TYPE_LIMIT:
        changes["type"] = OTHER
        odd.add(Oddity.TOO_LONG)
    # A sum of any number of these fits its column.
    for column, least in (("namespace", _INT_MIN), ("size_old", 0), ("size_new", 0)):
        number: int | None = getattr(edit, column)
        if number is not None and not least <= number <= _INT_MAX:
            changes[column] = None
            odd.add(Oddity.BAD_COUNT)
    if "size_old" in changes:
        changes["size_new"] = None  # alone it would be what a new page has
    return replace(edit, **changes, odd=frozenset(odd)) if changes else edit
