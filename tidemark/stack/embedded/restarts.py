"""Whether a server that has ended is started again, and after how long. Decides only; the
supervisor does it."""

from typing import Final

from tidemark.errors import EX_CONFIG

TRIES: Final = 5
FIRST_WAIT_S: Final = 1.0
"""Doubled with each try: 31 s in all."""
STEADY_S: Final = 600.0
"""A server that was up for so long has recovered: what happens after that is another fault, with
tries of its own."""


class Restarts:
    """Those of one server.

    tries  how often it was started again since it was last up for STEADY_S
    """

    def __init__(self) -> None:
        self.tries = 0

    def wait_s(self, exit_code: int, up_s: float) -> float | None:
        """Return the seconds to wait before the next try; None where it is not to be started again.

        up_s  how long it was up before it ended; 0 where it was never ready
        """
        if up_s >= STEADY_S:
            self.tries = 0
        if exit_code == EX_CONFIG or self.tries == TRIES:
            return None
        self.tries += 1
        return FIRST_WAIT_S * float(2 ** (self.tries - 1))
