"""Hashtags: the spelling the author chose, and the key under which uses are counted."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from tidemark.contracts.hashtags import HASHTAG_LIMIT, SEPARATOR, hashtag_key, without_sign
from tidemark.contracts.oddities import Oddity

ROW_HASHTAGS: Final = 64
"""How many hashtags a staged row may have; table `pieces` knows how to take so many apart."""

MOST: Final = 100
"""How many hashtags a post may have. Each network's own apps allow fewer; 75,000 in one post
stopped all for 12 s."""

_NOTHING_ODD: Final[frozenset[Oddity]] = frozenset()


def distinct_hashtags(written: Sequence[str]) -> tuple[tuple[str, ...], frozenset[Oddity]]:
    """Return the hashtags of a post as they are shown, of several that have one key the first, and
    what was odd.

    Those that fit no column are left out, and those after the first MOST.
    """
    if not written:
        return (), _NOTHING_ODD
    found: dict[str, str] = {}
    odd = _NOTHING_ODD
    for spelling in written:
        # A payload may hold one of a megabyte, which is not worth its memory.
        key, shown = (
            _cached(spelling) if len(spelling) <= HASHTAG_LIMIT else _key_and_shown(spelling)
        )
        if shown is None:
            odd |= {Oddity.BAD_HASHTAG}
        elif key and key not in found:
            if len(found) == MOST:
                odd |= {Oddity.MANY_HASHTAGS}
                break
            found[key] = shown
    return tuple(found.values()), odd


def pack(hashtags: tuple[str, ...], start: int) -> tuple[int, str | None, str | None]:
    """Return how many hashtags a row has whose first is `start`, their keys, and their spellings
    where they differ.

    The hashtags are as `distinct_hashtags` gives them.
    """
    if not hashtags:
        return 0, None, None
    spellings = hashtags[start : start + ROW_HASHTAGS]
    keys, written = (
        SEPARATOR.join([_cached(spelling)[0] for spelling in spellings]),
        SEPARATOR.join(spellings),
    )
    return len(spellings), keys, None if keys == written else written


def _key_and_shown(spelling: str) -> tuple[str, str | None]:
    """Return the key, and the spelling without sign and blanks, or the key where only that fits;
    None for neither."""
    key, shown = hashtag_key(spelling), without_sign(spelling)
    if len(key) > HASHTAG_LIMIT or SEPARATOR in key:
        return key, None
    return key, shown if len(shown) <= HASHTAG_LIMIT and SEPARATOR not in shown else key


_cached: Final = lru_cache(maxsize=65_536)(_key_and_shown)
