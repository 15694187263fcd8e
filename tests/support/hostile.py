"""Payloads that were good, bent and cut at random; and what JSON is."""

import json
import random
from copy import deepcopy
from typing import Any


def strict_json(payload: bytes) -> Any:
    """Python's json without its extensions; ValueError or RecursionError for what is none."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(payload.decode("utf-8"), parse_constant=refuse)


def is_strict_json(payload: bytes) -> bool:
    try:
        strict_json(payload)
    except (ValueError, RecursionError):
        return False
    return True


ODD_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    7,
    1.5,
    1e300,
    2**64,
    "",
    "x",
    "é" * 300,
    "\x00",
    [],
    [None],
    [{}],
    {},
    {"a": []},
    -1.5,
    10**30,
    9.9e17,
    "-1",
    "9" * 5_000,
    "2031-06-01T00:00:00.000Z",
    "2026-03-01T12:34:56.789",
    "Sun Mar 01 12:34:56 +0000 2026",
    "cut \ud83c",
    "\udf0a\ud83c",
    {"\ud83c": "\ud83c"},
    ["\ud83c", 7],
    "＃ tide\u00a0",
    "a\x1fb",
    "İ\u0307" * 200,
    "deleted",
]
"""Halves of surrogate pairs are among them: JSON can only escape those, as `json.dumps` does by
default."""


def hostile(payload: dict[str, Any], dice: random.Random) -> bytes:
    """Return JSON of the payload bent, every second time cut as well."""
    escaped = json.dumps(bent(payload, dice), ensure_ascii=True).encode()
    return cut(escaped, dice) if dice.random() < 0.5 else escaped


def bent(payload: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """The payload with one to three of its values, at any depth, gone or replaced by an odd one."""
    copy: dict[str, Any] = json.loads(json.dumps(payload))
    for _ in range(dice.randint(1, 3)):
        inside: Any = copy
        while True:
            keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
            if not keys:
                break
            key = dice.choice(keys)
            if isinstance(inside[key], dict | list) and dice.random() < 0.8:
                inside = inside[key]
            elif dice.random() < 0.2:
                del inside[key]
                break
            else:
                inside[key] = deepcopy(dice.choice(ODD_VALUES))  # the next bend may go into it
                break
    return copy


def cut(payload: bytes, dice: random.Random) -> bytes:
    """The bytes with a few of them changed, doubled or gone."""
    found = bytearray(payload)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(found) + 1)
        match dice.randrange(3):
            case 0:
                found[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del found[at : at + dice.randint(1, 20)]
            case _:
                found[at:at] = found[at : at + dice.randint(1, 20)]
    return bytes(found)
