"""Decides whether a server that has ended is restarted, and after how long; the supervisor does it."""

from typing import Final

from tidemark.errors import EX_CONFIG

TRIES: Final = 5
FIRST_WAIT_S: Final = 1.0
"""Doubled with each try: 31 s in total."""
STEADY_S: Final = 600.0
"""A server that was up for so long has recovered: a later end counts as a new fault, with new tries."""


class Restarts:
    """The restarts of one server.

    tries  how often it was restarted since it was last up for STEADY_S
    """

    def __init__(self) -> None:
        self.tries = 0

    def wait_s(self, exit_code: int, up_s: float) -> float | None:
        """Return the seconds to wait before the next try; None if the server must not be restarted.

        up_s  how long it was up before it ended; 0 if it was never ready
        """
        if up_s >= STEADY_S:
            self.tries = 0
        if exit_code == EX_CONFIG or self.tries == TRIES:
            return None
        self.tries += 1
        return FIRST_WAIT_S * float(2 ** (self.tries - 1))
