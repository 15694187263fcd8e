"""What is left of a document when a typed decoder refuses a field of it: the rest, with the odd
field taken out."""

import json
import re
import types
from typing import Any, Final, Union, get_args, get_origin

import msgspec

from tidemark.contracts.oddities import Oddity

_INT64: Final = range(-(2**63), 2**64)
_LONGEST_INT: Final = 20
# Pairs are one letter once the document is parsed.
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def parse(payload: bytes | memoryview) -> Any:
    """Return a JSON document as Python has it; ValueError where it is none, RecursionError where it
    is nested too deep.

    Takes what msgspec refuses and JSON allows: halves of surrogate pairs (`\\ud83c`) and numbers of
    any size.
    """
    return json.loads(bytes(payload).decode(), parse_int=_integer, parse_constant=_refuse)


def mended(found: Any, expected: Any, odd: set[Oddity]) -> Any:
    """Return `found` in the form that `msgspec.convert(…, expected)` takes, and add to `odd` what
    had to be changed.

    A field of the wrong type is None, an entry of the wrong type is left out of its list; a text
    has U+FFFD for half a surrogate pair; an integer may be written as text.
    """
    found = _without_lone_surrogates(found, odd)
    kinds = _kinds(expected)
    if msgspec.Raw in kinds:
        return msgspec.Raw(msgspec.json.encode(_whole(found, odd)))
    struct = next(
        (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)),
        None,
    )
    if isinstance(found, dict) and struct is not None:
        return _mended_fields(found, struct, odd)
    item = next((get_args(kind)[0] for kind in kinds if get_origin(kind) is list), None)
    if isinstance(found, list) and item is not None:
        entries = (mended(entry, item, odd) for entry in found)
        return [entry for entry in entries if entry is not None]
    return _scalar(found, expected, kinds, odd)


def _mended_fields(
    found: dict[str, Any], struct: type[msgspec.Struct], odd: set[Oddity]
) -> dict[str, Any]:
    """Return the fields of a struct that are there; what is left out has its default."""
    fields = {}
    for field in msgspec.structs.fields(struct):
        value = found.get(field.encode_name)
        if value is not None and (kept := mended(value, field.type, odd)) is not None:
            fields[field.encode_name] = kept
    return fields


def _scalar(found: Any, expected: Any, kinds: tuple[Any, ...], odd: set[Oddity]) -> Any:
    if int in kinds and str not in kinds and isinstance(found, str) and found.isdecimal():
        found = int(found[:_LONGEST_INT])
    try:
        msgspec.convert(found, expected)
    except msgspec.ValidationError:
        odd.add(Oddity.BAD_TYPE)
        return None
    return found


def _kinds(expected: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type itself."""
    return get_args(expected) if get_origin(expected) in (Union, types.UnionType) else (expected,)


def _whole(found: Any, odd: set[Oddity]) -> Any:
    """Return a document that is read later, with every text repaired."""
    if isinstance(found, dict):
        return {
            _without_lone_surrogates(name, odd): _whole(value, odd) for name, value in found.items()
        }
    if isinstance(found, list):
        return [_whole(entry, odd) for entry in found]
    return _without_lone_surrogates(found, odd)


def _without_lone_surrogates(found: Any, odd: set[Oddity]) -> Any:
    if not isinstance(found, str) or not _SURROGATES.search(found):
        return found
    odd.add(Oddity.LONE_SURROGATE)
    return _SURROGATES.sub("\ufffd", found)


def _integer(text: str) -> int | float:
    if len(text) <= _LONGEST_INT and (number := int(text)) in _INT64:
        return number
    return float(text)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
