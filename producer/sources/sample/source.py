"""The source `sample`: an endless stream of made-up events that looks alive."""

from collections.abc import Iterator
from typing import ClassVar, Final

from producer.clock import Clock
from producer.sources.base.signals import QUIET, Cursor, Item, Quiet
from producer.sources.base.source import IDLE_S, reading_cursor
from producer.sources.sample.networks import make_schedule
from tidemark.contracts.topics import POSTS, Topic
from tidemark.settings import SampleSettings, Settings

_SHORTEST_WAIT_S: Final = 0.002
_SHORTEST_PAST_S: Final = 60


class Sample:
    """Yields the events of the made-up past at once, and later ones when their time comes.

    The first run starts `history_minutes` ago, so that charts have a past. A later run resumes where
    the last one ended, but at most `history_minutes` ago. The same settings and the same first start
    give the same events.
    """

    name: ClassVar[str] = "sample"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, settings: SampleSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Sample":
        """Return the source with its part of the settings."""
        return cls(settings.sample, clock)

    def events(self, after: Cursor | None) -> Iterator[Item | Quiet]:
        """Yield all events in order of sending; those of the past without a pause."""
        past_s = self._settings.history_minutes * 60
        with reading_cursor(self.name):
            live_from = self._now() if after is None else int(after["live_from"])
            second, number = (
                (live_from - past_s, 0)
                if after is None
                else (int(after["second"]), int(after["number"]) + 1)
            )
        schedule = make_schedule(self._settings, live_from, past_s)
        while True:
            for place, due in enumerate(schedule.due_in(second)[number:], start=number):
                while self._is_early(due.at_ms):
                    yield QUIET
                feed = schedule.feeds[due.feed]
                event = feed.event(due.second, due.number, self._clock.now_us())
                cursor: Cursor = {"second": second, "number": place, "live_from": live_from}
                yield Item(event, cursor, topic=feed.topic)
            oldest = self._now() - max(past_s, _SHORTEST_PAST_S)
            second, number = max(second + 1, oldest), 0

    def close(self) -> None:
        """Close nothing: nothing is open."""

    def _now(self) -> int:
        return self._clock.now_us() // 1_000_000

    def _is_early(self, at_ms: int) -> bool:
        """Return whether it is too early to send, after a short wait if so. Many events a second are
        sent in small groups: a wait for each would cost more."""
        early_s = at_ms / 1000 - self._clock.now_us() / 1_000_000
        if early_s > 0:
            self._clock.sleep(min(max(early_s, _SHORTEST_WAIT_S), IDLE_S))
        return early_s > 0
