"""Hashtags: the spelling the author chose, and the key under which uses are counted."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from tidemark.contracts.oddities import Oddity

SEPARATOR: Final = "\x1f"
"""Between hashtags in one staged text; no hashtag may hold it."""

ROW_HASHTAGS: Final = 64
"""How many hashtags a staged row may have; table `pieces` knows how to take so many apart."""

MOST: Final = 100
"""How many hashtags a post may have. Each network's own apps allow fewer; 75,000 in one post stopped all for 12 s."""

HASHTAG_LIMIT: Final = 255
"""Characters of the columns."""

_BLANKS: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_SIGNS_AND_BLANKS: Final = "#＃﹟" + _BLANKS
_DOT_ABOVE: Final = "\u0307"


def distinct_hashtags(written: Iterable[str]) -> tuple[tuple[str, ...], frozenset[Oddity]]:
    """Return the hashtags of a post as they are shown, of several that have one key the first, and what was odd.

    Those that fit no column are left out, and those after the first MOST.
    """
    found: dict[str, str] = {}
    odd: set[Oddity] = set()
    for spelling in written:
        key = hashtag_key(spelling)
        if len(key) > HASHTAG_LIMIT or SEPARATOR in key:
            odd.add(Oddity.BAD_HASHTAG)
        elif key and key not in found:
            if len(found) == MOST:
                odd.add(Oddity.MANY_HASHTAGS)
                break
            found[key] = _shown(spelling, key)
    return tuple(found.values()), frozenset(odd)


def hashtag_key(spelling: str) -> str:
    """Return what a hashtag is counted by, as it depends on nothing but the spelling.

    Without the signs and blanks around it, NFKC and casefolded: #Café, #CAFÉ and ＃ｃａｆé count as one, #Straße meets
    #strasse, and #İstanbul #istanbul (casefolding leaves a combining dot on the i, which nobody writes).
    """
    if spelling.isascii():
        return spelling.strip(_BLANKS).lstrip(_SIGNS_AND_BLANKS).lower()
    return _folded(spelling)


@lru_cache(maxsize=65_536)
def _folded(spelling: str) -> str:
    # Twice: casefolding can undo the normalisation, and the other way round (Unicode 3.13, D146).
    once = normalize("NFKC", normalize("NFKC", spelling).casefold())
    folded = normalize("NFKC", once.casefold()).replace("i" + _DOT_ABOVE, "i")
    return normalize("NFKC", folded).strip(_BLANKS).lstrip(_SIGNS_AND_BLANKS)


def _shown(spelling: str, key: str) -> str:
    """Return the spelling without the sign and blanks; the key, where it fits no column."""
    shown = spelling.strip(_BLANKS).lstrip(_SIGNS_AND_BLANKS)
    return shown if len(shown) <= HASHTAG_LIMIT and SEPARATOR not in shown else key


def pack(hashtags: tuple[str, ...], start: int) -> tuple[int, str | None, str | None]:
    """Return how many hashtags a row has whose first is `start`, their keys, and their spellings where they differ."""
    if not hashtags:
        return 0, None, None
    spellings = hashtags[start : start + ROW_HASHTAGS]
    keys, written = SEPARATOR.join(map(hashtag_key, spellings)), SEPARATOR.join(spellings)
    return len(spellings), keys, None if keys == written else written
