"""What was read last of Wikimedia, as it comes again when the stream goes on."""

import hashlib
import itertools
from collections import deque
from typing import Final

from producer.sources.wikimedia.event_id import REWIND_MS

_RECENT: Final = 5000
_RECENT_IN_CURSOR: Final = 200


class Recent:
    """The changes that came last, so that what comes again is known."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._order: deque[tuple[str, int]] = deque()

    def has(self, what: bytes, at: int | None) -> bool:
        """Whether it is one of them; from now on it is. at: µs, by the stream's own time."""
        name = hashlib.blake2b(what, digest_size=8).hexdigest()
        if name in self._names:
            return True
        self._add(name, at or 0)
        return False

    def written(self) -> str:
        """Those that come again when the stream goes on from here."""
        if not self._order:
            return ""
        last_at = self._order[-1][1]
        recent = itertools.takewhile(
            lambda known: known[1] >= last_at - 2 * REWIND_MS * 1000, reversed(self._order)
        )
        return " ".join(name for name, _ in itertools.islice(recent, _RECENT_IN_CURSOR))

    def take_up(self, written: str, at: int | None) -> None:
        for name in reversed(written.split()):
            self._add(name, at or 0)

    def _add(self, name: str, at: int) -> None:
        self._names[name] = None
        self._order.append((name, at))
        if len(self._order) > _RECENT:
            del self._names[self._order.popleft()[0]]
