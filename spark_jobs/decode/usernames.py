"""Names that a chart can draw."""

from functools import lru_cache
from unicodedata import category

NO_NAME = "No name"

# Symbols, private use, surrogates, unassigned, format characters (ZWJ, variation selectors'
# carriers).
_DROPPED = frozenset({"So", "Sk", "Sm", "Sc", "Co", "Cs", "Cn", "Cf", "Cc"})
# Emoji parts that Unicode files under marks: variation selectors, the enclosing keycap.
_EMOJI_MARKS = frozenset({"\ufe0e", "\ufe0f", "\u20e3"})


def plain_username(original: str) -> str:
    """Return the text without emoji and symbols, white space folded; `No name` if nothing is left.

    Letters, digits, marks and punctuation of every script stay.
    """
    # Most names are handles, which stay as they are, and there are more of them than a cache
    # remembers.
    is_handle = original.isascii() and original.replace("_", "a").isalnum()
    return original if is_handle else _without_symbols(original)


@lru_cache(maxsize=65_536)
def _without_symbols(original: str) -> str:
    kept = "".join(
        c
        for c in original
        if c.isspace() or (c not in _EMOJI_MARKS and category(c) not in _DROPPED)
    )
    return " ".join(kept.split()) or NO_NAME
