"""The messages that came last, so that what comes again is known; also after a restart."""

import hashlib
from collections import deque
from typing import Final

_KEPT: Final = 32_768
_WRITTEN: Final = 1_024
"""Of posts, reposts, identities and accounts some 100 to 150 come in a second, and five seconds
come again."""
_LATEST: Final = 64
_DIGEST_BYTES: Final = 5
_WIDTH: Final = 2 * _DIGEST_BYTES


class Recent:
    """Bounded. For the cursor, which is made anew for every event, all but the latest few are one
    text that cursors share: thousands of them wait for Kafka at a time."""

    def __init__(self, shared: str = "", latest: str = "") -> None:
        self.shared = shared
        self.latest = latest
        written = shared + latest
        self._order = deque(written[at : at + _WIDTH] for at in range(0, len(written), _WIDTH))
        self._known = set(self._order)

    def is_new(self, name: bytes) -> bool:
        """Whether it has not come; from now on it has."""
        digest = hashlib.blake2b(name, digest_size=_DIGEST_BYTES).hexdigest()
        if digest in self._known:
            return False
        self._known.add(digest)
        self._order.append(digest)
        if len(self._order) > _KEPT:
            self._known.discard(self._order.popleft())
        self.latest += digest
        if len(self.latest) >= _LATEST * _WIDTH:
            self.shared = (self.shared + self.latest)[-_WRITTEN * _WIDTH :]
            self.latest = ""
        return True
