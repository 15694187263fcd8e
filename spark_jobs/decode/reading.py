"""Payload → a typed document of msgspec → an outcome. One odd field does not cost the rest."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from spark_jobs.decode.mending import mended, parse
from spark_jobs.decode.post import Rejected
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason

Document = TypeVar("Document")
Outcome = TypeVar("Outcome")
Odd = frozenset[Oddity]

NOTHING_ODD: Final[Odd] = frozenset()
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""All that such a decoder raises, whatever the bytes."""
# One that is not closed goes to the end: else each escaped quote in it would be tried as a
# beginning.
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_CLOSES: Final = {ord("]"): ord("["), ord("}"): ord("{")}


def noted(odd: Odd) -> str | None:
    """Return what was odd, as column `detail` has it, joined by commas; None where nothing was."""
    return ",".join(sorted(odd)) if odd else None


def reader(
    document: type[Document], interpret: Callable[[Document, Odd], Outcome], otherwise: Reason
) -> Callable[[bytes | memoryview], Outcome | Rejected]:
    """Return a decoder of documents of one type: in C where they are as documented, by `mended`
    where they are not.

    It returns the outcome of a payload, or why it is rejected, and never raises, whatever the bytes.

    interpret  returns the outcome of a document and of what was odd about its fields
    otherwise  the reason of a document that is JSON, but no object
    """
    decode = msgspec.json.Decoder(document).decode

    def read(payload: bytes | memoryview) -> Outcome | Rejected:
        try:
            found = decode(payload)
        except UNREADABLE as error:
            return _read_odd(payload, error, document, interpret, otherwise)
        return interpret(found, NOTHING_ODD)

    return read


def _read_odd(
    payload: bytes | memoryview,
    error: Exception,
    document: type[Document],
    interpret: Callable[[Document, Odd], Outcome],
    otherwise: Reason,
) -> Outcome | Rejected:
    odd: set[Oddity] = set()
    try:
        found = parse(payload)
        fields = mended(found, document, odd) if isinstance(found, dict) else None
    except RecursionError:
        is_json = _is_balanced(payload)
        return Rejected(otherwise if is_json else Reason.NOT_JSON, "nested too deep to be read")
    except ValueError as worse:
        return Rejected(Reason.NOT_JSON, str(worse)[:255])
    if fields is None:
        return Rejected(otherwise, str(error)[:255])
    outcome = interpret(msgspec.convert(fields, document), frozenset(odd))
    if isinstance(outcome, Rejected) and outcome.detail is None and odd:
        return Rejected(Reason.BAD_FIELD, str(error)[:255])
    return outcome


def _is_balanced(payload: bytes | memoryview) -> bool:
    """Return whether every bracket outside of strings is closed: all that can be said where none
    can go so deep."""
    opened: list[int] = []
    for byte in _STRINGS.sub(b"", bytes(payload)):
        if byte in b"[{":
            opened.append(byte)
        elif byte in _CLOSES and (not opened or opened.pop() != _CLOSES[byte]):
            return False
    return not opened
