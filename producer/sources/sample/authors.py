"""Made-up people: their names and ids stay, their counts of friends and followers change slowly."""

from dataclasses import dataclass
from functools import lru_cache
from math import sin, tau
from random import Random
from typing import Final

from producer.sources.sample.vocabulary import EMOJI, HANDLE_ENDS, HANDLE_STARTS, NAMES

_FIRST_ID: Final = 9_000_000_000_000_000_000
"""Far above the ids that X gives, so that a made-up author is never a real account."""
_LANGUAGES: Final = tuple(NAMES)
_REGULARS: Final = 600
_NEW_EVERY_S: Final = 45
_DRIFT_S: Final = 5400


@dataclass(frozen=True, slots=True)
class Author:
    """A person. number counts within a language; friends are the accounts that the person follows."""

    author_id: str
    handle: str
    name: str
    language: str
    number: int
    base_friends: int
    base_followers: int
    posts: int
    joined_at_s: int

    @property
    def is_new(self) -> bool:
        """Return whether the author is none of the regulars."""
        return self.number >= _REGULARS

    def friends(self, second: int) -> int:
        """Return how many accounts the author follows at the second."""
        return self._drifted(self.base_friends, 0.02, second)

    def followers(self, second: int) -> int:
        """Return how many accounts follow the author at the second."""
        return self._drifted(self.base_followers, 0.01, second)

    def _drifted(self, base: int, share: float, second: int) -> int:
        return max(
            0, base + round((base * share + 2) * sin(tau * (second / _DRIFT_S + self.number / 17)))
        )


def draw_author(random: Random, seed: int, language: str, second: int) -> Author:
    """Return mostly one of the regulars, of whom a few write most; in 3 % of draws a new person."""
    if random.random() < 0.03:
        number = _REGULARS + second // _NEW_EVERY_S - random.randrange(3)
    else:
        number = int(_REGULARS * random.random() ** 2.2)
    return author(seed, language, number)


@lru_cache(maxsize=20_000)
def author(seed: int, language: str, number: int) -> Author:
    """Return the person of a language with this number, always the same one for a seed."""
    random = Random(f"{seed} author {language} {number}")  # noqa: S311
    names = NAMES[language]
    parts = [random.choice(names.given), random.choice(names.family)]
    name = "".join(reversed(parts)) if language in ("ja", "ko") else " ".join(parts)
    if random.random() < 0.3:
        name += " " + random.choice(EMOJI)
    if random.random() < 0.01:
        name = "".join(random.choices(EMOJI, k=2))
    return Author(
        author_id=str(_FIRST_ID + _LANGUAGES.index(language) * 1_000_000_000 + number),
        handle=f"{random.choice(HANDLE_STARTS)}{random.choice(HANDLE_ENDS)}{number % 1000}"[:15],
        name=name,
        language=language,
        number=number,
        base_friends=min(int(40 * random.paretovariate(0.9)), 120_000),
        base_followers=min(int(25 * random.paretovariate(0.6)), 30_000_000),
        posts=int(10 * random.paretovariate(0.7)),
        joined_at_s=1_230_000_000 + random.randrange(500_000_000),
    )
