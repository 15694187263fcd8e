"""The time, handed in, so that tests need not wait for it."""

import time
from typing import Protocol


class Clock(Protocol):
    """What a source may know of time."""

    def now_us(self) -> int:
        """Return µs since 1970, UTC."""
        ...

    def elapsed_s(self) -> float:
        """Return seconds since some fixed moment; they never go back."""
        ...

    def sleep(self, wait_s: float) -> None: ...


class SystemClock:
    """The machine's own clock."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def elapsed_s(self) -> float:
        return time.monotonic()

    def sleep(self, wait_s: float) -> None:
        time.sleep(wait_s)
