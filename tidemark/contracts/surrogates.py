"""Lone surrogates: half of a character, such as `\\ud83d` alone, which JSON can escape and UTF-8 cannot encode.

Programs that cut a text between UTF-16 units write them. Because of one, a strict JSON parser refuses the whole
document.
"""

import re
from typing import Final

_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def without_halves(document: bytes) -> bytes:
    """Return the JSON document with U+FFFD in place of each lone surrogate; nothing else changes."""
    return _ESCAPE.sub(lambda found: found[0] if found["half"] is None else rb"\ufffd", document)
