"""Posts of Bluesky as they are written, from Jetstream, with what is known of their authors."""

from collections.abc import Iterator
from typing import ClassVar, Final

from producer.clock import Clock
from producer.sources.base.recent import Recent
from producer.sources.base.resumption import Resumption
from producer.sources.base.signals import (
    QUIET,
    SILENT,
    Activity,
    Backlog,
    Connected,
    Cursor,
    Disconnected,
    Item,
    Signal,
    Started,
    Truncated,
)
from producer.sources.base.source import IDLE_S, reading_cursor
from producer.sources.bluesky.client import Alive, JetstreamClient, Opened, Received
from producer.sources.bluesky.payload import Message, is_wanted, read_message
from producer.sources.bluesky.profiles import Profiles
from producer.transport.backoff import Backoff
from producer.transport.connection import Connection
from producer.transport.inbox import Inbox
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic
from tidemark.settings import BlueskySettings, Settings

_SILENT_S: Final = 30.0
"""Bluesky is never quiet for so long. Small hosts are: they must answer pings within that time."""
_RENEW_S: Final = 300.0
"""A host may have forgotten a quiet connection, and answer pings all the same: another one replaces
it, which asks to resume after the last message."""
_REWIND_US: Final = 5_000_000
"""Each host has its own times for the same message, and they are not in order."""
_CLAMPED_US: Final = 60_000_000
_RECENT: Final = 32_768
_RECENT_IN_CURSOR: Final = 1_024
"""Of posts, reposts, identities and accounts some 100 to 150 come in a second, and five seconds
come again."""
_PROFILES: Final = "profiles"
"""The channel of what is looked up: that it comes does not show that the stream does."""

_Message = Opened | Received | Alive | Activity | Disconnected


class Bluesky:
    """Streams posts and reposts, their changes and deletes, identities and accounts; from now on,
    later from where it stopped, for as long as the hosts keep it (36 hours). Authors that are new
    are looked up meanwhile; their profiles come as separate events, as they were answered.

    Hosts are asked to go back a little; what comes again because of that is dropped.
    """

    name: ClassVar[str] = "bluesky"
    topic: ClassVar[Topic] = POSTS

    def __init__(
        self,
        settings: BlueskySettings,
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        silent_s: float = _SILENT_S,
        renew_s: float = _RENEW_S,
    ) -> None:
        self._clock = clock
        self._languages = [language.lower() for language in settings.languages]
        self._profiles = Profiles(settings.profiles_url, clock) if settings.profiles else None
        self._inbox: Inbox[_Message] = Inbox()
        client = JetstreamClient(
            settings.hosts,
            settings.collections,
            clock,
            self._resume_us,
            silent_s=silent_s,
            renew_s=renew_s,
        )
        self._connection: Connection[_Message] = Connection(
            self.name,
            client,
            self._inbox,
            clock,
            backoff=backoff or Backoff(),
            at_least_s=client.wait_s,
        )
        self._recent = _recent({})
        self._resumption = Resumption(late_us=_CLAMPED_US, silent_us=int(silent_s * 1_000_000))
        self._is_connected = False
        self._time_us = 0
        self._since_us: int | None = None
        self._covered_until = 0

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Bluesky":
        """Return the source that the settings describe."""
        return cls(settings.bluesky, clock)

    def events(self, after: Cursor | None) -> Iterator[Signal]:
        """Yield what Source describes."""
        with reading_cursor(self.name):
            self._resume(after or {})
        yield Started(after or {"since_us": self._covered_until})
        self._connection.start()
        while True:
            message = self._inbox.get(IDLE_S)
            match message:
                case Received(at, payload):
                    yield from self._receive(payload, at)
                case None:
                    yield QUIET if self._is_connected else SILENT
                case Opened(at, asked_us):
                    self._is_connected = True
                    self._resumption.opened(at, asked_us)
                    yield Connected(at, Backlog.FIRST)
                case Alive(at):
                    yield Activity(at)
                    self._covered_until = at
                    yield from self._resumption.rested(at, has_any=self._time_us > 0)
                case Disconnected():
                    self._is_connected = False
                    self._since_us = self._since_us or self._covered_until
                    yield message
                case Activity():
                    yield message
            yield from self._looked_up()

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
        if self._profiles is not None:
            self._profiles.close()

    def _resume(self, after: Cursor) -> None:
        """Resume after the cursor. Older versions wrote `heard_at` where there was no time."""
        self._time_us = int(after.get("time_us", 0))
        self._since_us = int(after.get("since_us", after.get("heard_at", 0))) or None
        self._covered_until = self._time_us or self._since_us or self._clock.now_us()
        self._recent = _recent(after)

    def _resume_us(self) -> int | None:
        """Return the cursor for the next connection; called from its thread. Before the first
        message that is when we first tried to connect."""
        return self._time_us - _REWIND_US if self._time_us else self._since_us

    def _receive(self, payload: bytes, at: int) -> Iterator[Signal]:
        message = read_message(payload, received_at=at)
        self._resumption.received(at)
        time_us = message.time_us
        if time_us is not None:
            if self._resumption.is_late(time_us):  # hosts resume at the oldest that they have
                yield Truncated(max(time_us, self._covered_until), since=self._covered_until)
            self._time_us = max(self._time_us, time_us)
        name = payload if message.event_id is None else message.event_id.encode()
        if not self._recent.add(name) or not is_wanted(message, self._languages):
            yield Activity(at, time_us)
            return
        self._covered_until = at
        key = None if message.did is None else message.did.encode()
        event = Event(payload, self.name, at, key=key, event_id=message.event_id)
        yield Item(event, self._cursor(), time_us)
        if self._profiles is not None and message.did is not None:
            self._update_profile(self._profiles, message, message.did)

    def _cursor(self) -> Cursor:
        cursor: dict[str, str | int] = {
            "time_us": self._time_us,
            "shared": self._recent.shared,
            "latest": self._recent.latest,
        }
        if not self._time_us:
            cursor["since_us"] = self._since_us or self._covered_until
        return cursor

    def _update_profile(self, profiles: Profiles, message: Message, did: str) -> None:
        if message.kind == "identity":
            profiles.forget(did)
        elif message.operation in ("create", "update"):
            profiles.want(did)

    def _looked_up(self) -> Iterator[Signal]:
        for event in () if self._profiles is None else self._profiles.found():
            yield Item(event, self._cursor(), channel=_PROFILES)


def _recent(cursor: Cursor) -> Recent:
    shared, latest = str(cursor.get("shared", "")), str(cursor.get("latest", ""))
    return Recent(shared, latest, digest_bytes=5, kept=_RECENT, in_cursor=_RECENT_IN_CURSOR)
