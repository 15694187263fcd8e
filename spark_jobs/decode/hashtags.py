"""Hashtags: the spelling the author chose, and the key under which uses are counted."""

from unicodedata import is_normalized, normalize

SEPARATOR = "\x1f"
"""Between hashtags in one staged text; no hashtag may hold it (checks.py sees to that)."""


def hashtag_key(spelling: str) -> str:
    """NFC and casefolded, so that #Café, #CAFÉ and #café count as one, and #Straße meets #strasse.

    Normalised again after casefolding, which can undo it (Unicode 3.13, D145).
    """
    if spelling.isascii():
        return spelling.lower()
    folded = normalize("NFC", spelling).casefold()
    return folded if is_normalized("NFC", folded) else normalize("NFC", folded)
