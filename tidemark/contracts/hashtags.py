"""What a hashtag is counted by, in every table and in every version of the code."""

import re
from typing import Final
from unicodedata import normalize

SEPARATOR: Final = "\x1f"
"""Between hashtags in one staged text; no hashtag may hold it."""

HASHTAG_LIMIT: Final = 255
"""Characters of the columns."""

_BLANKS: Final = "".join(
    chr(code) for code in range(0x3001) if chr(code).isspace() and chr(code) != SEPARATOR
)
_SIGNS_AND_BLANKS: Final = "#＃﹟" + _BLANKS
_DOTTED_I: Final = re.compile("i\u0307+")


def hashtag_key(spelling: str) -> str:
    """Return what a hashtag is counted by, as it depends on nothing but the spelling.

    Without the signs and blanks around it, NFKC and casefolded: #Café, #CAFÉ and ＃ｃａｆé count as
    one, #Straße meets #strasse, and #İstanbul #istanbul (casefolding leaves a combining dot on the
    i, which nobody writes).
    """
    if spelling.isascii():
        return without_sign(spelling).lower()
    # Twice: casefolding can undo the normalisation, and the other way round (Unicode 3.13, D146).
    once = normalize("NFKC", normalize("NFKC", spelling).casefold())
    folded = _DOTTED_I.sub("i", normalize("NFKC", once.casefold()))
    return without_sign(normalize("NFKC", folded))


def without_sign(spelling: str) -> str:
    """Return the spelling without the signs and blanks around it."""
    return spelling.strip(_BLANKS).lstrip(_SIGNS_AND_BLANKS)
