"""Which events of which feeds are sent in a second, and in what order."""

from collections.abc import Sequence
from typing import NamedTuple

from producer.sources.sample.feed import Feed
from producer.sources.sample.outages import Outages


class Due(NamedTuple):
    """An event to be sent. Sorted, they are in the order of sending.

    at_ms    when to send it, in ms since 1970
    feed     place of the feed in the schedule
    second   when it happened: earlier than at_ms, where an outage kept it from arriving
    number   its number in that second
    """

    at_ms: int
    feed: int
    second: int
    number: int


class Schedule:
    """Merges the feeds; outages is None for a feed that has none."""

    def __init__(self, feeds: Sequence[tuple[Feed, Outages | None]]) -> None:
        self.feeds = [feed for feed, _ in feeds]
        self._feeds = feeds

    def due_in(self, second: int) -> list[Due]:
        """Return what is sent in the second."""
        due: list[Due] = []
        for place, (feed, outages) in enumerate(self._feeds):
            for written in (second,) if outages is None else outages.written_in(second):
                for number in range(feed.count(written)):
                    at_ms = max(feed.at_ms(written, number), second * 1000)
                    due.append(Due(at_ms, place, written, number))
        due.sort()
        return due
