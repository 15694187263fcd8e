"""X payloads: one pass of msgspec over the bytes, then the shape that is there
(tidemark/contracts/recordings.py)."""

from typing import Any

import msgspec

from spark_jobs.decode.checks import Id, deleted_post, text_of
from spark_jobs.decode.mending import parse
from spark_jobs.decode.post import Ignored, Post, Rejected
from spark_jobs.decode.reading import Odd, reader
from spark_jobs.decode.x_v1 import Tweet, decode_v1
from spark_jobs.decode.x_v2 import Data, Includes, User, decode_v2
from tidemark.contracts.oddities import notice_kind
from tidemark.contracts.reasons import Reason
from tidemark.contracts.recordings import NOTICES, Shape, shape_of


class Deleted(msgspec.Struct, gc=False):
    """The tweet that was deleted."""

    id_str: Id = None
    id: Id = None


class Delete(msgspec.Struct, gc=False):
    """A notice of v1.1."""

    status: Deleted | None = None


class Payload(Tweet, gc=False):
    """Everything that any shape may have at the top."""

    data: Data | list[Any] | None = None
    includes: Includes | None = None
    meta: Any = None
    author: User | None = None
    delete: Delete | None = None


_SHAPELESS = Rejected(Reason.NOT_A_POST)
_IS_PAGE = Rejected(Reason.NOT_A_POST, "a page of posts; source replay takes pages apart")


def decode_x(payload: bytes | memoryview) -> Post | Ignored | Rejected:
    """Return the outcome of a payload, or why it is rejected. Never raises, whatever the
    bytes."""
    outcome = _read(payload)
    return _notice(payload) if outcome is _SHAPELESS else outcome


def _interpret(found: Payload, odd: Odd) -> Post | Rejected:
    if isinstance(found.data, Data):
        return decode_v2(found.data, found.includes, odd=odd)
    match shape_of(found):
        case Shape.FLAT:
            return decode_v2(found, found.includes, found.author, odd=odd)
        case Shape.V1:
            return decode_v1(found, odd)
        case Shape.PAGE:
            return _IS_PAGE
        case Shape.DELETE:
            deleted = (found.delete and found.delete.status) or Deleted()
            post_id = text_of(deleted.id_str) or text_of(deleted.id)
            return deleted_post(post_id) if post_id else Rejected(Reason.NO_ID)
    return _SHAPELESS


def _notice(payload: bytes | memoryview) -> Ignored | Rejected:
    """Return Ignored for what X sends between posts; only the name at its top tells it from
    anything else."""
    try:
        names = parse(payload)
    except (ValueError, RecursionError):
        return _SHAPELESS
    name = next((name for name in names if name in NOTICES), None)
    return _SHAPELESS if name is None else Ignored(f"notice {name}", notice_kind(name))


_read = reader(Payload, _interpret, Reason.NOT_A_POST)
