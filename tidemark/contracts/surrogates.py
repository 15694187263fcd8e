"""Halves of characters that JSON can name and UTF-8 cannot hold: `\\ud83d` without the other half
after it.

Programs that cut a text by UTF-16 units write them. A strict reader of JSON refuses the whole
document because of one.
"""

import re
from typing import Final

_ESCAPE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


def without_halves(document: bytes) -> bytes:
    """Return the JSON document with U+FFFD in place of each lone surrogate; all else stays as it
    is."""
    return _ESCAPE.sub(lambda found: found[0] if found["half"] is None else rb"\ufffd", document)
