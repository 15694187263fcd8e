"""Hashtags: the spelling the author chose, and the key under which uses are counted."""

from unicodedata import is_normalized, normalize

SEPARATOR = "\x1f"
"""Between hashtags in one staged text; no hashtag may hold it (checks.py sees to that)."""

ROW_HASHTAGS = 64
"""How many hashtags a staged row may have; table `pieces` knows how to take so many apart."""


def hashtag_key(spelling: str) -> str:
    """NFC and casefolded, so that #Café, #CAFÉ and #café count as one, and #Straße meets #strasse.

    Normalised again after casefolding, which can undo it (Unicode 3.13, D145).
    """
    if spelling.isascii():
        return spelling.lower()
    folded = normalize("NFC", spelling).casefold()
    return folded if is_normalized("NFC", folded) else normalize("NFC", folded)


def pack(hashtags: tuple[str, ...], start: int) -> tuple[int, str | None, str | None]:
    """Of a row whose first hashtag is `start`: how many it has, their keys, and their spellings where they differ."""
    if not hashtags:
        return 0, None, None
    spellings = hashtags[start : start + ROW_HASHTAGS]
    keys, written = SEPARATOR.join(map(hashtag_key, spellings)), SEPARATOR.join(spellings)
    return len(spellings), keys, None if keys == written else written
