"""An endless stream of made-up posts, that looks alive and is nobody's."""

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec.json import encode

from producer.clock import Clock
from producer.sources.base import IDLE_S, Cursor, reading_cursor
from producer.sources.sample.posts import Post, Posts
from producer.sources.sample.shapes import BREAKAGES, as_v1, as_v2
from producer.sources.sample.timeline import Timeline, lot
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic
from tidemark.settings import SampleSettings, Settings

_BROKEN: Final = 0.003
_IN_V1: Final = 0.25
_SHORTEST_WAIT_S: Final = 0.002
_SHORTEST_PAST_S: Final = 60


class Sample:
    """Yields what lies in the past at once, and the rest when its time comes.

    The first start begins `history_minutes` ago, so that charts have a past; a later one goes on
    where the last one left off, though no further back than that. The same seed and the same first
    start give the same posts.
    """

    name: ClassVar[str] = "sample"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, settings: SampleSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Sample":
        return cls(settings.sample, clock)

    def events(self, after: Cursor | None) -> Iterator[tuple[Event, Cursor] | None]:
        past_s = self._settings.history_minutes * 60
        with reading_cursor(self.name):
            live_from = self._now() if after is None else int(after["live_from"])
            second, number = (
                (live_from - past_s, 0)
                if after is None
                else (int(after["second"]), int(after["number"]) + 1)
            )
        seed, rate = self._settings.seed, self._settings.rate
        timeline = Timeline(seed, rate, live_from=live_from, past_s=past_s)
        posts = Posts(seed, timeline)
        while True:
            for place in range(number, timeline.count(second)):
                while self._is_early(timeline.at_ms(second, place)):
                    yield None
                yield (
                    self._event(posts.at(second, place), second, place),
                    {"second": second, "number": place, "live_from": live_from},
                )
            oldest = self._now() - max(past_s, _SHORTEST_PAST_S)
            second, number = max(second + 1, oldest), 0

    def close(self) -> None:
        pass

    def _now(self) -> int:
        return self._clock.now_us() // 1_000_000

    def _is_early(self, at_ms: int) -> bool:
        """Waits a little where it is. Many posts a second come in small bunches: a wait for each
        would cost more."""
        early_s = at_ms / 1000 - self._clock.now_us() / 1_000_000
        if early_s > 0:
            self._clock.sleep(min(max(early_s, _SHORTEST_WAIT_S), IDLE_S))
        return early_s > 0

    def _event(self, post: Post, second: int, number: int) -> Event:
        seed = self._settings.seed
        if lot(seed, 4, second, number) < _BROKEN:
            breakage = BREAKAGES[int(lot(seed, 5, second, number) * len(BREAKAGES))]
            return Event(
                breakage(post), self.name, self._clock.now_us(), key=post.author.author_id.encode()
            )
        in_v1 = post.first_version_id is None and lot(seed, 6, second, number) < _IN_V1
        return Event(
            encode(as_v1(post) if in_v1 else as_v2(post)),
            source=self.name,
            received_at=self._clock.now_us(),
            key=post.author.author_id.encode(),
            event_id=f"{self.name}:{post.post_id}",
            rules=(post.community,),
        )
