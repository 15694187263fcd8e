"""Clocks that tests move, or that run ahead."""

import time


class FakeClock:
    """Stands still, but for sleep(), which takes no time and moves it."""

    def __init__(self, now_us: int = 1_790_000_000_000_000) -> None:
        self._now_us = now_us
        self._elapsed_s = 0.0

    def now_us(self) -> int:
        return self._now_us + int(self._elapsed_s * 1_000_000)

    def elapsed_s(self) -> float:
        return self._elapsed_s

    def sleep(self, wait_s: float) -> None:
        self._elapsed_s += wait_s


class FastClock:
    """An hour of it takes two minutes: enough for a slow machine to start a producer between two
    outages.

    Two with the same beginning agree, whichever processes they are in.
    """

    SPEED = 30

    def __init__(self, began_us: int) -> None:
        self.began_us = began_us

    def now_us(self) -> int:
        return self.began_us + (time.time_ns() // 1000 - self.began_us) * self.SPEED

    def elapsed_s(self) -> float:
        return time.monotonic() * self.SPEED

    def sleep(self, wait_s: float) -> None:
        time.sleep(wait_s / self.SPEED)
