"""Waiting for a condition, with a deadline, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import Final

_REST: Final = 4
"""So many times as long as an answer took is not asked: what is waited for needs the processor too."""


def wait_until(condition: Callable[[], bool], *, patience_s: float = 20, every_s: float = 0.02) -> None:
    deadline = time.monotonic() + patience_s
    asked_s = time.monotonic()
    while not condition():
        answered_s = time.monotonic()
        assert answered_s < deadline, "it did not happen in time"
        time.sleep(max(every_s, _REST * (answered_s - asked_s)))
        asked_s = time.monotonic()
