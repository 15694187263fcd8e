"""Posts that a Mastodon instance knows of, as they are written: its public timeline, or
hashtags."""

import itertools
import json
import logging
import queue
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec

from producer.clock import Clock
from producer.sources.base import IDLE_S, UNHEARD, Cursor, Received, reading_cursor
from producer.sources.mastodon.backfill import MAX_PAGES
from producer.sources.mastodon.channel import Channel
from producer.sources.mastodon.outage import Outage
from producer.sources.mastodon.payload import (
    SOURCE,
    Beat,
    CaughtUp,
    Down,
    Fetched,
    Heard,
    Message,
    Reached,
    Said,
    Up,
    latest,
    order,
)
from producer.sources.mastodon.timeline import timelines_of
from tidemark.contracts.coverage import Gap, Why
from tidemark.contracts.topics import POSTS, Topic
from tidemark.settings import MastodonSettings, Settings

log = logging.getLogger(__name__)

_SHORTEST_GAP_S: Final = 5.0
_SILENT_S: Final = 35.0
"""Mastodon sends `:thump` every 15 s; where two of them are missing the connection is dead."""
_HEALTHY_S: Final = 60.0
_WAITING: Final = 2000
_LOOK_S: Final = 0.2
_RECENT: Final = 20_000
_RECENT_IN_CURSOR: Final = 200


@dataclass
class _Place:
    """How far a timeline is had without a hole: up to `had`; while it catches up, what the stream
    brings is beyond.

    missed_after  where the stream was cut
    connection    the one that is open; 0 where there is none
    is_complete   pages and stream have met
    is_lost       something of it was given up, or was before we knew from where on to fetch
    """

    had: str | None = None
    newest: str | None = None
    missed_after: str | None = None
    connection: int = 0
    is_complete: bool = False
    is_lost: bool = False


class Mastodon:
    """Streams a timeline from now on, or after the cursor; what a cut or a pause missed is fetched
    by pages.

    Missed edits and deletes are not had: pages show what is there. The stream is read in threads of
    its own, and taken from a queue. A post comes once, unless more than 200 came in the ten seconds
    before we stopped.
    """

    name: ClassVar[str] = SOURCE
    topic: ClassVar[Topic] = POSTS

    def __init__(
        self,
        settings: MastodonSettings,
        clock: Clock,
        *,
        first_retry_s: float = 1.0,
        shortest_gap_s: float = _SHORTEST_GAP_S,
        silent_s: float = _SILENT_S,
        healthy_s: float = _HEALTHY_S,
        max_pages: int = MAX_PAGES,
    ) -> None:
        self.ignored: Counter[str] = Counter()
        """How often an event came that is no post's, by name."""
        self._clock = clock
        self._shortest_gap_s = shortest_gap_s
        self._said: queue.Queue[Said | Exception] = queue.Queue(_WAITING)
        self._stopped = threading.Event()
        self._recent: OrderedDict[tuple[str | None, str], None] = OrderedDict()
        self._channels = {
            timeline.name: Channel(
                timeline,
                settings,
                self._put,
                clock,
                self._stopped,
                first_retry_s=first_retry_s,
                silent_s=silent_s,
                healthy_s=healthy_s,
                max_pages=max_pages,
            )
            for timeline in timelines_of(settings)
        }
        self._host = next(iter(self._channels.values())).host
        self._places = {name: _Place() for name in self._channels}
        self._outage = Outage(list(self._channels), clock.now_us(), shortest_gap_s=shortest_gap_s)

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Mastodon":
        return cls(settings.mastodon, clock)

    def events(self, after: Cursor | None) -> Iterator[Received]:
        with reading_cursor(self.name):
            self._take_up(after)
        if after is None:
            yield self._cursor()
        for name, channel in self._channels.items():
            channel.start(self._places[name].had)
        while True:
            if (gap := self._outage.to_tell(self._clock.now_us())) is not None:
                yield gap
            try:
                said = self._said.get(timeout=IDLE_S)
            except queue.Empty:
                yield self._quiet()
                continue
            if isinstance(said, Exception):
                raise said
            yield self._received(said) or self._quiet()

    def close(self) -> None:
        self._stopped.set()
        for channel in self._channels.values():
            channel.hang_up()
        for channel in self._channels.values():
            channel.join(0.5 / len(self._channels))
        if self.ignored:
            log.info("ignored", extra=dict(self.ignored))

    def _take_up(self, after: Cursor | None) -> None:
        if after is None:
            return
        had = json.loads(str(after.get("had", "{}")))
        if after.get("host") != self._host:
            log.warning(
                "another instance than last time; starting from now",
                extra={"last": after.get("host")},
            )
            had, after = {}, {**after, "recent": ""}  # of the same posts it has other ids
        gap = msgspec.json.decode(str(after["gap"]), type=Gap) if "gap" in after else None
        now = self._clock.now_us()
        heard_at = int(after.get("heard_at", now))
        self._outage = Outage(
            list(self._channels), heard_at, shortest_gap_s=self._shortest_gap_s, gap=gap
        )
        for known in str(after.get("recent", "")).split():
            post_id, _, version = known.partition("@")
            self._recent[post_id, version] = None
        # A hashtag that was not followed before has missed nothing.
        for name in [name for name in self._places if name in had] or self._places:
            self._places[name].had = self._places[name].missed_after = had.get(name)
            self._outage.broke(name, now, Why.STOPPED)

    def _received(self, said: Said) -> Received:
        place = self._places[said.timeline]
        match said:
            case Up(timeline, at, connection):
                if connection == 1 and place.missed_after is None:
                    place.is_lost = self._outage.told is not None and self._outage.lacks(timeline)
                place.connection, place.newest = connection, None
                self._outage.opened(timeline, at)
            case Beat(timeline, at, ignored):
                self._outage.heard(timeline, at)
                if ignored is not None:
                    self.ignored[ignored] += 1
            case Down(timeline, at, why):
                if place.is_complete:
                    place.missed_after = place.had
                place.connection, place.is_complete = 0, False
                self._outage.broke(timeline, at, why)
            case Reached(timeline, post_id):
                self._have(timeline, post_id)
                return None if self._recent else self._cursor()
            case CaughtUp(timeline, connection, lost):
                self._complete(timeline, connection, lost)
            case Heard(timeline, message):
                self._outage.heard(timeline, message.event.received_at)
                place.newest = latest(place.newest, message.post_id)
                if place.is_complete:
                    self._have(timeline, place.newest)
                return self._taken(message)
            case Fetched(_, message):
                return self._taken(message, missed_after=place.missed_after)
        return None

    def _quiet(self) -> Received:
        return UNHEARD if self._outage.lacks_any else None

    def _complete(self, timeline: str, connection: int, lost: bool) -> None:
        """Pages and stream have met, unless the stream was cut meanwhile: then it is said again."""
        place = self._places[timeline]
        place.is_lost = place.is_lost or lost
        if connection != place.connection:
            return
        self._have(timeline, place.newest)
        self._outage.mended(timeline, lost=place.is_lost)
        place.is_complete, place.is_lost = True, False

    def _have(self, timeline: str, post_id: str | None) -> None:
        place = self._places[timeline]
        place.had = latest(place.had, post_id)
        self._channels[timeline].has(place.had)

    def _taken(self, message: Message, *, missed_after: str | None = None) -> Received:
        if self._is_known(message):
            return None
        if (
            missed_after is not None
            and message.post_id is not None
            and order(message.post_id) > order(missed_after)
        ):
            self._outage.took()
        return message.event, self._cursor()

    def _is_known(self, message: Message) -> bool:
        """Whether the stream, a page or another hashtag has brought it already; from now on it
        is."""
        if message.post_id is None:
            return False
        known = (message.post_id, message.version)
        if known in self._recent:
            return True
        self._recent[known] = None
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        return False

    def _cursor(self) -> Cursor:
        cursor: dict[str, str | int] = {
            "host": self._host,
            "heard_at": self._outage.complete_until(self._clock.now_us()),
            "had": json.dumps(
                {name: place.had for name, place in self._places.items() if place.had is not None}
            ),
        }
        # Pages begin some seconds before what is had.
        recent = itertools.islice(reversed(self._recent), _RECENT_IN_CURSOR)
        cursor["recent"] = " ".join(
            f"{post_id}@{version}" for post_id, version in reversed(list(recent))
        )
        if self._outage.told is not None:
            cursor["gap"] = msgspec.json.encode(self._outage.told).decode()
        return cursor

    def _put(self, said: Said | Exception) -> None:
        """Waits while the queue is full, which holds the instance back; but not for a reader that
        has gone."""
        while not self._stopped.is_set():
            try:
                return self._said.put(said, timeout=_LOOK_S)
            except queue.Full:
                continue
