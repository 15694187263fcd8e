"""How many posts each second has, and when each was written. A post is identified by its second
and its number within that second."""

from datetime import UTC, datetime
from functools import lru_cache
from math import pi, sin, tau
from typing import Final

_X_EPOCH_MS: Final = 1_288_834_974_657
_NUMBER_BITS: Final = 22
_BASE_32: Final = "234567abcdefghijklmnopqrstuvwxyz"
_64_BITS: Final = (1 << 64) - 1


def lot(*numbers: int) -> float:
    """Return a number in [0, 1) that looks random, always the same for the same arguments
    (splitmix64)."""
    mixed = 0
    for number in numbers:
        mixed = (mixed + number + 0x9E3779B97F4A7C15) & _64_BITS
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _64_BITS
        mixed ^= mixed >> 31
    return mixed / (1 << 64)


def post_id(at_ms: int, number: int) -> int:
    """Return an id as X makes them: the time, then a number. Ids grow with time, and none repeats."""
    return (at_ms - _X_EPOCH_MS) << _NUMBER_BITS | number


def parts_of(post_id: int) -> tuple[int, int]:
    """Return the two arguments of `post_id` that the id was made from."""
    return (post_id >> _NUMBER_BITS) + _X_EPOCH_MS, post_id & ((1 << _NUMBER_BITS) - 1)


def record_key(post_id: int) -> str:
    """Return the id in 13 characters that sort like numbers, as Bluesky makes keys of records."""
    return "".join(_BASE_32[post_id >> shift & 31] for shift in range(60, -1, -5))


def moment(at_ms: int) -> datetime:
    """Return the instant, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def iso(at_ms: int) -> str:
    """Return the instant as 2026-03-01T12:34:56.789Z."""
    return moment(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Timeline:
    """The number of posts in each second. It depends on the arguments alone, so that a restart
    changes nothing.

    rate       posts a second from `live_from` on, on average, with small waves
    live_from  second since 1970 of the first start; before it lies the made-up past, which rises
               and falls like a day
    past_s     how many seconds the past lasts
    """

    def __init__(self, seed: int, rate: float, *, live_from: int, past_s: int) -> None:
        self._seed = seed
        self._rate = rate
        self._live_from = live_from
        self._past_s = past_s
        self.count = lru_cache(maxsize=4096)(self._count)
        """Return the number of posts in a second."""

    def _count(self, second: int) -> int:
        return int(self._rate * self._shape(second) + lot(self._seed, second))

    def at_ms(self, second: int, number: int) -> int:
        """Return when the post was written, in ms since 1970."""
        return second * 1000 + number * 1000 // max(self.count(second), number + 1)

    def _shape(self, second: int) -> float:
        ripple = 0.08 * sin(tau * second / 420) + 0.05 * sin(tau * second / 1500)
        if second >= self._live_from or not self._past_s:
            return 1 + ripple
        age = max(0.0, 1 - (self._live_from - second) / self._past_s)
        return 0.35 + 0.65 * age + 0.5 * sin(pi * age) + ripple
