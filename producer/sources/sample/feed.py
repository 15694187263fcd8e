"""What a network contributes to the sample: made-up events by second."""

from typing import Protocol

from tidemark.contracts.events import Event
from tidemark.contracts.topics import Topic


class Feed(Protocol):
    """Makes any event from its second and its number in that second, always the same one."""

    @property
    def source(self) -> str:
        """Return the `source` header of the events; it starts with `sample`, so that charts show
        them as made up."""
        ...

    @property
    def topic(self) -> Topic:
        """Return the topic of the events."""
        ...

    def count(self, second: int) -> int:
        """Return the number of events in a second since 1970."""
        ...

    def at_ms(self, second: int, number: int) -> int:
        """Return when the event happened, in ms since 1970; it grows with number."""
        ...

    def event(self, second: int, number: int, received_at: int) -> Event:
        """Return the event; received_at is in µs since 1970."""
        ...
