"""Waiting for a condition, with a deadline, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import Final

_REST: Final = 9
"""So many times as long as an answer took is not asked: what is waited for needs the processor
too."""


def wait_until(
    condition: Callable[[], bool], *, patience_s: float = 60, every_s: float = 0.05
) -> None:
    """Patience is for a machine that is slow or shared: how long what comes may take is no test's
    matter."""
    deadline = time.monotonic() + patience_s
    asked_s = time.monotonic()
    while not condition():
        answered_s = time.monotonic()
        assert answered_s < deadline, "it did not happen in time"
        time.sleep(max(every_s, _REST * (answered_s - asked_s)))
        asked_s = time.monotonic()


def wait_until_gone(is_there: Callable[[], object], *, within_s: float = 20) -> None:
    """For what has been told to end, or whose parent has: what stays longer is left behind, on a
    slow machine too."""
    wait_until(lambda: not is_there(), patience_s=within_s)
