"""What may be wrong with a made-up payload: each fault turns the JSON document into bytes."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec.json import encode
from msgspec.structs import replace

from producer.sources.sample.timeline import lot
from tidemark.contracts.events import Event

Json = dict[str, Any]
Fault = Callable[[Json], bytes]

_HALF: Final = "(half of an emoji)"


def with_fault(event: Event, document: Json, fault: Fault | None) -> Event:
    """Return the event with the faulty document for its value, without an event_id; as it is
    without a fault."""
    if fault is None:
        return event
    return replace(event, value=fault(document), event_id=None)


def draw_fault(
    faults: Sequence[Fault], share: float, seed: int, salt: int, second: int, number: int
) -> Fault | None:
    """Return one of the faults for this share of all payloads, None for the others."""
    drawn = lot(seed, salt, second, number)
    return faults[int(drawn / share * len(faults))] if drawn < share else None


def cut_off(document: Json) -> bytes:
    """Return the document without its end."""
    return encode(document)[:-40]


def in_a_list(document: Json) -> bytes:
    """Return a list with the document in it."""
    return encode([document])


def empty(_document: Json) -> bytes:
    """Return nothing."""
    return b""


def changed(path: str, value: object) -> Fault:
    """Return a fault that sets a field; the path is its names, joined by dots."""

    def change(document: Json) -> bytes:
        holder, name = _holder(document, path)
        holder[name] = value
        return encode(document)

    return change


def without(path: str) -> Fault:
    """Return a fault that removes a field."""

    def remove(document: Json) -> bytes:
        holder, name = _holder(document, path)
        del holder[name]
        return encode(document)

    return remove


def with_lone_surrogate(path: str) -> Fault:
    """Return a fault that sets a field to a text that ends in the first half of an emoji."""
    change = changed(path, _HALF)
    return lambda document: change(document).replace(_HALF.encode(), rb"cut in two \ud83d")


def _holder(document: Json, path: str) -> tuple[Json, str]:
    *parents, name = path.split(".")
    for parent in parents:
        document = document[parent]
    return document, name
