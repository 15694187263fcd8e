"""The shapes of posts of X in streams and recordings, recognized by the top-level fields of a JSON object.

shape     top-level fields
V2        `data` is an object: a post as the stream and lookups of X v2 send it, its author in `includes.users`
PAGE      `data` is a list, or there is none beside `meta`: an answer of a v2 search, as `twarc2 search` writes it
FLAT      no `data`, but `author_id`, `author` or `edit_history_tweet_ids`: a v2 post alone, as `twarc2 flatten` writes
          it (with its author in `author`), and as the list of a page holds it
V1        no `data`, but `user`, `text`, `full_text` or `entities`: a tweet of v1.1
DELETE    `delete` alone: v1.1's notice that a tweet was deleted
NOTICE    one of NOTICES: what v1.1 streams and v2 streams send between posts
UNKNOWN   anything else
"""

from enum import StrEnum
from typing import Any, Final, Protocol


class Shape(StrEnum):
    """See the table above; the first row that matches applies."""

    V2 = "v2"
    PAGE = "page"
    FLAT = "flat"
    V1 = "v1"
    DELETE = "delete"
    NOTICE = "notice"
    UNKNOWN = "unknown"


class Top(Protocol):
    """The top-level fields that `shape_of` reads; one that the document does not have is None."""

    data: Any
    meta: Any
    author_id: Any
    author: Any
    edit_history_tweet_ids: Any
    user: Any
    text: Any
    full_text: Any
    entities: Any
    delete: Any


NOTICES: Final = frozenset(
    {
        *(
            "scrub_geo",
            "limit",
            "status_withheld",
            "user_withheld",
            "disconnect",
            "warning",
            "friends",
            "friends_str",
        ),
        *(
            "event",
            "for_user",
            "control",
            "sitestream",
            "direct_message",
            "user_update",
            "user_delete",
        ),
        *("user_undelete", "user_suspend", "user_protect", "errors"),
    }
)
"""Names at the top of a notice."""


def shape_of(top: Top) -> Shape:
    """Return the shape of a JSON object; UNKNOWN for a notice, which only the name of its field
    identifies."""
    if isinstance(top.data, list):
        return Shape.PAGE
    if top.data is not None:
        return Shape.V2
    if _is_any(top.author_id, top.author, top.edit_history_tweet_ids):
        return Shape.FLAT
    if _is_any(top.user, top.text, top.full_text, top.entities):
        return Shape.V1
    if top.delete is not None:
        return Shape.DELETE
    return Shape.UNKNOWN if top.meta is None else Shape.PAGE


def _is_any(*parts: Any) -> bool:
    return any(part is not None for part in parts)
