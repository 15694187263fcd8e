"""How many posts each second has, and when: any post can be named by its second and its number in
it."""

from functools import lru_cache
from math import pi, sin, tau
from typing import Final

_X_EPOCH_MS: Final = 1_288_834_974_657
_64_BITS: Final = (1 << 64) - 1


def lot(*numbers: int) -> float:
    """A number in [0, 1) that looks drawn, and is always the same for the same numbers
    (splitmix64)."""
    mixed = 0
    for number in numbers:
        mixed = (mixed + number + 0x9E3779B97F4A7C15) & _64_BITS
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _64_BITS
        mixed ^= mixed >> 31
    return mixed / (1 << 64)


def post_id(at_ms: int, number: int) -> int:
    """As X makes them: the time, then a number; they grow with time, and none comes twice."""
    return (at_ms - _X_EPOCH_MS) << 22 | number


class Timeline:
    """Settled by the seed and `live_from` alone, so that a restart goes on as if there had been
    none.

    Before `live_from` lies the made-up past, which rises and falls like a day; from then on it is
    `rate` a second on average, with small waves.
    """

    def __init__(self, seed: int, rate: float, *, live_from: int, past_s: int) -> None:
        self._seed = seed
        self._rate = rate
        self._live_from = live_from
        self._past_s = past_s
        self.count = lru_cache(maxsize=4096)(self._count)
        """Posts in this second."""

    def _count(self, second: int) -> int:
        return int(self._rate * self._shape(second) + lot(self._seed, second))

    def at_ms(self, second: int, number: int) -> int:
        """When the post was written, in ms since 1970."""
        return second * 1000 + number * 1000 // max(self.count(second), number + 1)

    def _shape(self, second: int) -> float:
        ripple = 0.08 * sin(tau * second / 420) + 0.05 * sin(tau * second / 1500)
        if second >= self._live_from or not self._past_s:
            return 1 + ripple
        age = max(0.0, 1 - (self._live_from - second) / self._past_s)
        return 0.35 + 0.65 * age + 0.5 * sin(pi * age) + ripple
