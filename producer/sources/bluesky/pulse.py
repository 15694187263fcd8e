"""Signs of life of a connection to Jetstream that brings no messages: its host answers pings."""

import threading
from typing import Final

from websockets.sync.client import ClientConnection

_PINGS_A_SILENCE: Final = 3


class Pulse:
    """Pings a connection that is quiet, and notes when it last showed a sign of life."""

    def __init__(self, connection: ClientConnection, felt_at_s: float, silent_s: float) -> None:
        self._connection = connection
        self._felt_at_s = felt_at_s
        self._silent_s = silent_s
        self._pong: threading.Event | None = None

    def felt(self, at_s: float) -> None:
        """Note a sign of life."""
        self._felt_at_s = at_s

    def is_lost(self, now_s: float) -> bool:
        """Return whether there was no sign of life for too long."""
        return now_s - self._felt_at_s >= self._silent_s

    def is_answered(self, now_s: float) -> bool:
        """Return whether a ping has come back since the last look; sends one, where there was no
        sign for a while."""
        if self._pong is None:
            if now_s - self._felt_at_s >= self._silent_s / _PINGS_A_SILENCE:
                self._pong = self._connection.ping()
            return False
        if not self._pong.is_set():
            return False
        self._pong = None
        return True
