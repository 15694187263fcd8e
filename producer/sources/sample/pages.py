"""Made-up pages of made-up wikis."""

import re
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final
from zlib import crc32

_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TALKS: Final = 0.06


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is changed. bots is the share of its changes that bots make."""

    wiki: str
    domain: str
    title: str
    namespace: int
    bots: float


def draw_page(random: Random, language: str, tag: str, kind: str) -> Page:
    """Return a page about a hashtag: mostly in the language's wiki, at times of data or a file."""
    name = _name(tag)
    if kind == "categorize":
        return _page(language, f"Category:{name}", 14, 0.2)
    if kind == "log":
        return _page(language, f"User talk:{name}", 3, 0)
    drawn = random.random()
    if drawn < 0.3:
        return Page(
            "sample_wikidatawiki",
            "data.wiki.example",
            f"Q{crc32(tag.encode()) % 9_000_000}",
            0,
            0.7,
        )
    if drawn < 0.4:
        title = f"File:{name} {random.randrange(40) + 1}.jpg"
        return Page("sample_commonswiki", "commons.wiki.example", title, 6, 0.4)
    if drawn < 0.4 + _TALKS:
        return _page(language, f"Talk:{name}", 1, 0.02)
    return _page(language, name, 0, 0.12)


def _page(language: str, title: str, namespace: int, bots: float) -> Page:
    return Page(f"sample_{language}wiki", f"{language}.wiki.example", title, namespace, bots)


@lru_cache(maxsize=1_000)
def _name(tag: str) -> str:
    """Return the hashtag in words, as titles of pages are."""
    return _WORDS.sub(" ", tag).replace("_", " ")
