"""Posts of Bluesky as they are written, from Jetstream, with what is known of their authors."""

from collections.abc import Iterator
from typing import ClassVar, Final

import msgspec

from producer.clock import Clock
from producer.coverage.gaps import SHORTEST_GAP_S, Hearing
from producer.sources.base import IDLE_S, UNHEARD, Cursor, Received, reading_cursor
from producer.sources.bluesky.payload import Message, is_wanted, read_message
from producer.sources.bluesky.profiles import Profiles
from producer.sources.bluesky.recent import Recent
from producer.sources.bluesky.stream import Alive, BlueskyReader, Came, Ended, Opened
from producer.transport.backoff import Backoff
from tidemark.contracts.coverage import Gap, State, Why
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic
from tidemark.settings import BlueskySettings, Settings

_SILENT_S: Final = 30.0
"""Bluesky is never quiet for so long. Small hosts are: then it is answered pings that are missing
for so long."""
_REWIND_US: Final = 5_000_000
"""Each host has its own times for the same message, and they are not in order."""
_CLAMPED_US: Final = 60_000_000
_RENEW_S: Final = 300.0
"""A quiet connection may have been forgotten by its host, which answers pings all the same: it is
replaced by another, which asks to go on from the last message."""


class Bluesky:
    """Streams posts and reposts, their changes and deletes, identities and accounts; from now on,
    later from where it was left, for as long as the hosts keep it (36 hours). Authors that are new
    are looked up meanwhile, and come as events of their own: the profile as it was answered.

    What comes again because hosts are asked to go back a little is left out.
    """

    name: ClassVar[str] = "bluesky"
    topic: ClassVar[Topic] = POSTS

    def __init__(
        self,
        settings: BlueskySettings,
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        shortest_gap_s: float = SHORTEST_GAP_S,
        silent_s: float = _SILENT_S,
        renew_s: float = _RENEW_S,
    ) -> None:
        self._clock = clock
        self._silent_us = int(silent_s * 1_000_000)
        self._came_at = 0
        self._languages = [language.lower() for language in settings.languages]
        self._shortest_gap_s = shortest_gap_s
        self._reader = BlueskyReader(
            settings.hosts,
            settings.collections,
            clock,
            backoff=backoff or Backoff(),
            silent_s=silent_s,
            renew_s=renew_s,
        )
        self._profiles = Profiles(settings.profiles_url, clock) if settings.profiles else None
        self._connected = False
        self._asked_us: int | None = None
        self._since_us: int | None = None
        self._take_up({})

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Bluesky":
        return cls(settings.bluesky, clock)

    def events(self, after: Cursor | None) -> Iterator[Received]:
        with reading_cursor(self.name):
            self._take_up(after or {})
        if after is None:
            yield {"heard_at": self._heard_at, "since_us": self._heard_at}
        self._reader.start(self._resume_us)
        while True:
            match self._reader.take(IDLE_S):
                case Came(at, payload):
                    yield from self._came(payload, at)
                case Opened(at, asked_us):
                    self._connected, self._asked_us, self._came_at = True, asked_us, at
                    yield self._hearing.unheard(at)
                case Alive(at):
                    yield self._hearing.heard(at)
                    yield self._rested(at)
                case Ended(why):
                    self._connected = False
                    self._hearing.broke(why)
                    self._since_us = self._since_us or self._heard_at
                    yield UNHEARD
                case None:
                    yield (
                        None
                        if self._connected
                        else self._hearing.unheard(self._clock.now_us()) or UNHEARD
                    )
            yield from self._looked_up()

    def close(self) -> None:
        self._reader.close()
        if self._profiles is not None:
            self._profiles.close()

    def _take_up(self, after: Cursor) -> None:
        """Be as we were when the cursor was made, with the gap that was open."""
        self._heard_at = int(after.get("heard_at", 0)) or self._clock.now_us()
        self._time_us = int(after.get("time_us", 0))
        self._since_us = int(after.get("since_us", 0)) or None
        self._recent = Recent(str(after.get("shared", "")), str(after.get("latest", "")))
        gap = msgspec.json.decode(str(after["gap"]), type=Gap) if "gap" in after else None
        why = Why.STOPPED if after else Why.CUT
        self._hearing = Hearing(self._heard_at, why, gap=gap, shortest_gap_s=self._shortest_gap_s)

    def _resume_us(self) -> int | None:
        """Asked from the reader's thread. Where we tried and have never heard anything: since when
        we wanted to."""
        return self._time_us - _REWIND_US if self._time_us else self._since_us

    def _came(self, payload: bytes, at: int) -> Iterator[Received]:
        message = read_message(payload, received_at=at)
        self._came_at = at
        yield self._hearing.heard(at)
        if message.time_us is not None:
            yield self._mended(message.time_us)
            self._time_us = max(self._time_us, message.time_us)
        name = payload if message.event_id is None else message.event_id.encode()
        if not self._recent.is_new(name) or not is_wanted(message, self._languages):
            return
        self._hearing.took()
        self._heard_at = at
        key = None if message.did is None else message.did.encode()
        yield Event(payload, self.name, at, key=key, event_id=message.event_id), self._cursor()
        if self._profiles is not None and message.did is not None:
            self._mind_author(self._profiles, message, message.did)

    def _mended(self, time_us: int) -> Gap | None:
        """The gap that this message shows to be healed; or lost, where it is the first and far
        later than asked for: hosts go on from the oldest that they have, and say nothing."""
        asked_us, self._asked_us = self._asked_us, None
        if asked_us is None or time_us - asked_us <= _CLAMPED_US:
            return self._hearing.sent(time_us)
        ended_at = max(time_us, self._heard_at)
        return self._hearing.clamped(ended_at) or Gap(
            self._heard_at, Why.CLAMPED, State.LOST, ended_at
        )

    def _rested(self, at: int) -> Gap | None:
        """The host is quiet. After a while there is nothing that we have missed and it would still
        send: the gap that this ends. It is lost where the host has not even given again what we
        asked for and have: it kept nothing."""
        self._heard_at = at
        if at - self._came_at < self._silent_us:
            return None
        has_nothing = self._asked_us is not None and self._time_us > 0
        self._asked_us = None
        return self._hearing.clamped(at) if has_nothing else self._hearing.caught_up()

    def _cursor(self) -> Cursor:
        cursor: dict[str, str | int] = {
            "time_us": self._time_us,
            "heard_at": self._heard_at,
            "shared": self._recent.shared,
            "latest": self._recent.latest,
        }
        if self._hearing.gap is not None:
            cursor["gap"] = msgspec.json.encode(self._hearing.gap).decode()
        return cursor

    def _mind_author(self, profiles: Profiles, message: Message, did: str) -> None:
        if message.kind == "identity":
            profiles.forget(did)
        elif message.operation in ("create", "update"):
            profiles.want(did)

    def _looked_up(self) -> Iterator[Received]:
        for event in () if self._profiles is None else self._profiles.found():
            yield event, self._cursor()
