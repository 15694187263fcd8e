"""What a decoder of topic `edits` gives: a change of a wiki that fits its columns, or why there is none."""

from typing import Final

import msgspec

from spark_jobs.decode.post import Rejected
from tidemark.contracts.reasons import Reason

TYPES: Final = ("edit", "new", "categorize", "log", "external")
"""What MediaWiki tells of: a page changed, made, put into a category, acted upon; something changed on another wiki."""

LIMITS: Final = {"edit_id": 64, "wiki": 64, "title": 400, "user_name": 255}
"""Characters of the columns. MediaWiki's own limit is 255 bytes; a title has its namespace in front of that."""

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


class Edit(msgspec.Struct, gc=False, frozen=True):
    """A change of a wiki, ready for the tables. None means unknown, or that this type has no such thing.

    type           one of TYPES
    title          of the page, its namespace in front; namespace is that namespace's number
    user_name      an account, or an IP address; None where the wiki hides it
    is_bot         flagged so by the wiki, and so is_minor
    size_old       bytes of the page before, 0 where there was none; None where bytes are not told
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

    @property
    def bytes_added(self) -> int | None:
        """What the page grew by, 0 where it shrank."""
        return None if self.size_new is None else max(0, self.size_new - (self.size_old or 0))

    @property
    def bytes_removed(self) -> int | None:
        """What the page shrank by, 0 where it grew."""
        return None if self.size_new is None else max(0, (self.size_old or 0) - self.size_new)


def checked(edit: Edit) -> Edit | Rejected:
    """The edit, or Rejected as too_long or out_of_range; nothing is cut or clamped in silence."""
    for column, limit in LIMITS.items():
        text: str | None = getattr(edit, column)
        if text is not None and len(text) > limit:
            return Rejected(Reason.TOO_LONG, f"{column} has {len(text)} characters, the column holds {limit}")
    # A sum of any number of these fits its column.
    for name, number, least in (
        ("namespace", edit.namespace, _INT_MIN),
        ("length.old", edit.size_old, 0),
        ("length.new", edit.size_new, 0),
    ):
        if number is not None and not least <= number <= _INT_MAX:
            return Rejected(Reason.OUT_OF_RANGE, f"{name} is {number}"[:255])
    return edit
