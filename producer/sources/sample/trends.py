"""How often each hashtag is used at a moment: a few much, many little, and some for a short while
very much."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import exp
from random import Random
from typing import Final

from producer.sources.sample.vocabulary import COMMUNITIES, Community

_BURST_EVERY_S: Final = 150
_LONGEST_BURST_S: Final = 16 * 60
_STEP_S: Final = 5
"""The weights are computed again after so many seconds."""


@dataclass(frozen=True)
class _Burst:
    tag: int
    started_at_s: int
    length_s: float
    height: float

    def share(self, second: int) -> float:
        """Return the share of all uses at the second: it rises quickly and falls slowly."""
        age = (second - self.started_at_s) / self.length_s
        return self.height * (1 - exp(-age * 18)) * exp(-3.2 * age) if 0 <= age <= 1 else 0.0


class Trends:
    """Draws hashtags with weights that depend on the seed and the second alone."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tags = [(community, tag) for community in COMMUNITIES for tag in community.tags]
        # Shuffled, then the first three of each community, the next three, and so on.
        Random(seed).shuffle(self._tags)  # noqa: S311
        self._tags.sort(key=lambda entry: entry[0].tags.index(entry[1]) // 3)
        self._base = [1 / (rank + 6) ** 0.9 for rank in range(len(self._tags))]
        self._burst = lru_cache(maxsize=64)(self._make_burst)
        self._cumulative = lru_cache(maxsize=512)(self._make_cumulative)

    def draw(self, random: Random, second: int) -> tuple[Community, str]:
        """Return a hashtag and its community."""
        (drawn,) = random.choices(
            self._tags, cum_weights=self._cumulative(second // _STEP_S * _STEP_S)
        )
        return drawn

    def _make_cumulative(self, second: int) -> list[float]:
        weights = list(self._base)
        total = sum(self._base)
        newest = second // _BURST_EVERY_S
        for number in range(newest - _LONGEST_BURST_S // _BURST_EVERY_S, newest + 1):
            burst = self._burst(number)
            weights[burst.tag] += burst.share(second) * total
        return list(accumulate(weights))

    def _make_burst(self, number: int) -> _Burst:
        random = Random(f"{self._seed} burst {number}")  # noqa: S311
        return _Burst(
            tag=random.randrange(len(self._tags)),
            started_at_s=number * _BURST_EVERY_S,
            length_s=random.uniform(0.25, 1) * _LONGEST_BURST_S,
            height=random.uniform(0.03, 0.16),
        )
