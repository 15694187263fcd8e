"""How long to wait before trying again, so that many clients of a server that was down do not
reconnect all at once."""

import math
import random as random_module
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

_LONGEST_S: Final = 3600.0
"""A server that asks for more is asked again after an hour all the same."""


class Backoff:
    """Waits between first_s and a bound that doubles with each attempt, up to last_s; anywhere
    between, by chance.

    Never less than first_s, also after a clean end: a server that closes each connection at once is
    not hammered. The caller resets it when the other side has been well for a while.
    """

    def __init__(
        self,
        first_s: float = 1.0,
        last_s: float = 60.0,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        self._first_s = first_s
        self._last_s = last_s
        self._random = random
        self._bound_s = first_s

    def next_s(self) -> float:
        """Return the seconds to wait before the next attempt."""
        self._bound_s = min(self._bound_s * 2, self._last_s)
        return self._first_s + (self._bound_s - self._first_s) * self._random()

    def reset(self) -> None:
        self._bound_s = self._first_s


def retry_after_s(header: str | None, now_us: int) -> float:
    """Return the seconds that a Retry-After header asks for, as a number or a date; 0 where there is none that
    can be read."""
    try:
        wait_s = float(header or 0)
    except ValueError:
        try:
            wait_s = parsedate_to_datetime(header or "").timestamp() - now_us / 1_000_000
        except (ValueError, OverflowError):
            return 0
    return 0 if math.isnan(wait_s) else min(max(wait_s, 0), _LONGEST_S)
