"""The events that came last, so that one that comes again is known; also after a restart."""

import hashlib
from collections import deque
from typing import Final

_LATEST: Final = 64


class Recent:
    """A bounded set of digests of names, in order.

    Every event has a cursor with the last of them, and thousands of cursors wait for Kafka at a
    time: so all but the latest few are one text, `shared`, that many cursors have in common.
    """

    def __init__(
        self, shared: str = "", latest: str = "", *, digest_bytes: int, kept: int, in_cursor: int
    ) -> None:
        """Start with what a cursor has.

        kept       how many names are known
        in_cursor  how many of them, at least, after a restart
        """
        self.shared = shared
        self.latest = latest
        self._digest_bytes = digest_bytes
        self._width = width = 2 * digest_bytes
        self._kept = kept
        self._in_cursor = in_cursor
        digests = shared + latest
        self._order = deque(digests[at : at + width] for at in range(0, len(digests), width))
        self._known = set(self._order)

    def add(self, name: bytes) -> bool:
        """Add a name; return whether it is new."""
        digest = hashlib.blake2b(name, digest_size=self._digest_bytes).hexdigest()
        if digest in self._known:
            return False
        self._known.add(digest)
        self._order.append(digest)
        if len(self._order) > self._kept:
            self._known.discard(self._order.popleft())
        self.latest += digest
        if len(self.latest) >= _LATEST * self._width:
            self.shared = (self.shared + self.latest)[-self._in_cursor * self._width :]
            self.latest = ""
        return True
