"""Whether a service continues where a new connection asked it to. Instants in µs."""

from collections.abc import Iterator

from producer.sources.base.signals import CaughtUp, Signal, Truncated


class Resumption:
    """What the first messages of a connection show about those before them.

    Having asked for a little more than what is missing, a source must get again what it has.
    """

    def __init__(self, *, late_us: int, silent_us: int) -> None:
        """Start without a connection.

        late_us    a first message so much later than asked for was not the next one
        silent_us  after so long without a message nothing more of what was missed is coming
        """
        self._late_us = late_us
        self._silent_us = silent_us
        self._asked_at: int | None = None
        self._received_at = 0

    def opened(self, at: int, asked_at: int | None) -> None:
        """Note a new connection, and from when on it asked for messages."""
        self._received_at, self._asked_at = at, asked_at

    def received(self, at: int) -> None:
        """Note that a message came."""
        self._received_at = at

    def is_late(self, sent_at: int) -> bool:
        """Return whether this is the first message, and late: what lies before it is lost."""
        asked_at, self._asked_at = self._asked_at, None
        return asked_at is not None and sent_at > asked_at + self._late_us

    def rested(self, at: int, *, has_any: bool) -> Iterator[Signal]:
        """Yield, after a quiet while, that nothing more is coming of what was missed.

        It is lost where the service has not even sent again what was asked for and is there
        (`has_any`): it kept nothing.
        """
        if at - self._received_at < self._silent_us:
            return
        kept_nothing = self._asked_at is not None and has_any
        self._asked_at = None
        yield Truncated(at) if kept_nothing else CaughtUp()
