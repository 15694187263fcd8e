"""Changes of Wikipedia and its sisters as they are made, from Wikimedia's EventStreams."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import ClassVar, Final

import requests

from producer.clock import Clock
from producer.coverage.gaps import SHORTEST_GAP_S
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
from producer.sources.wikimedia.client import Alive, Opened, Received, WikimediaClient
from producer.sources.wikimedia.payload import Change, read_change
from producer.sources.wikimedia.watch import Watch
from producer.transport.backoff import Backoff
from producer.transport.connection import HEALTHY_S, Connection
from producer.transport.inbox import Inbox
from producer.transport.sse import Frame
from tidemark.contracts.events import Event
from tidemark.contracts.topics import EDITS, Topic
from tidemark.errors import SettingsError
from tidemark.settings import Settings, WikimediaSettings, variable

log = logging.getLogger(__name__)

_SILENT_S: Final = 20.0
"""Some 35 changes a second are made, at any hour; a connection on which nothing comes for so long
is dead. On one of a small installation it is, where its server does not answer either."""
_RENEW_S: Final = 300.0
"""After so long a quiet connection is replaced by another: its server may have forgotten it."""
_WAITING: Final = 1000
_RECENT: Final = 5000
_RECENT_IN_CURSOR: Final = 200

_Message = Opened | Received | Alive | Activity | Disconnected


class Wikimedia:
    """Streams every change that passes the filters, from now on; later from where it stopped.

    Wikimedia ends each connection after 15 minutes and keeps a week or more: what was sent
    meanwhile comes as we resume from the last event's id. A change comes once, unless more than 200
    came within a second before we stopped.
    """

    name: ClassVar[str] = "wikimedia"
    topic: ClassVar[Topic] = EDITS

    def __init__(
        self,
        settings: WikimediaSettings,
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        late_s: float = SHORTEST_GAP_S,
        silent_s: float = _SILENT_S,
        renew_s: float = _RENEW_S,
        healthy_s: float = HEALTHY_S,
    ) -> None:
        """Prepare the source, without connecting.

        late_s  a first event so much later than we asked for was not the next one
        """
        user_agent = _user_agent(settings.contact)
        self._settings = settings
        self._clock = clock
        self._inbox: Inbox[_Message] = Inbox(_WAITING)
        self._watch = Watch(
            settings.url, user_agent, self._put_alive, silent_s=silent_s, renew_s=renew_s
        )
        self._client = WikimediaClient(settings.url, user_agent, clock, self._watch)
        self._connection: Connection[_Message] = Connection(
            self.name,
            self._client,
            self._inbox,
            clock,
            backoff=backoff or Backoff(),
            healthy_s=healthy_s,
        )
        self._recent = _recent()
        self._resumption = Resumption(
            late_us=int(late_s * 1_000_000), silent_us=int(silent_s * 1_000_000)
        )
        self._last_id: str | None = None
        self._is_connected = False
        self._dropped: Counter[str] = Counter()

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Wikimedia":
        return cls(settings.wikimedia, clock)

    def events(self, after: Cursor | None) -> Iterator[Signal]:
        """Yield what Source describes."""
        with reading_cursor(self.name):
            since = self._resume(after or {})
        yield Started(after or {"since": since})
        self._client.resume(self._last_id, since)
        self._watch.start()
        self._connection.start()
        while True:
            message = self._inbox.get(IDLE_S)
            match message:
                case Received(at, frame):
                    yield from self._changes(frame, at)
                case None:
                    is_quiet = self._is_connected and not self._watch.is_due()
                    yield QUIET if is_quiet else SILENT
                case Opened(at, asked_at):
                    self._is_connected = True
                    self._resumption.opened(at, asked_at)
                    yield Connected(at, Backlog.FIRST)
                case Alive(at):
                    yield Activity(at)
                    yield from self._resumption.rested(at, has_any=self._last_id is not None)
                case Disconnected():
                    self._is_connected = False
                    self._log_dropped()
                    yield message
                case Activity():
                    yield message

    def close(self) -> None:
        """Close the connection."""
        self._log_dropped()
        self._watch.close()
        self._connection.close()

    def _resume(self, after: Cursor) -> int:
        """Resume after the cursor; return from when on to read, in µs, where there is no event to
        resume from."""
        self._last_id = str(after["id"]) if "id" in after else None
        self._recent = _recent(after)
        # Older versions left `since` out where events had no ids; `heard_at` was there.
        since = int(after.get("since", after.get("heard_at", self._clock.now_us())))
        datetime.fromtimestamp(since / 1_000_000, UTC)  # the client formats it
        return since

    def _changes(self, frame: Frame, at: int) -> Iterator[Signal]:
        self._resumption.received(at)
        if frame.event == "error":
            notice = frame.data[:300].decode(errors="replace")
            log.warning("notice from the server", extra={"source": self.name, "notice": notice})
            yield Activity(at)
            return
        self._last_id = frame.id or self._last_id
        change = read_change(frame.data)
        sent_at = change.sent_at
        if sent_at is not None and self._resumption.is_late(sent_at):
            yield Truncated(sent_at)
        reason = self._reason_to_drop(change, frame)
        if reason is not None:
            self._dropped[reason] += 1
            yield Activity(at, sent_at)
            return
        event = Event(frame.data, self.name, at, key=change.key, event_id=change.event_id)
        yield Item(event, self._cursor(at), sent_at)

    def _reason_to_drop(self, change: Change, frame: Frame) -> str | None:
        if change.is_canary:
            return "canaries"
        sent_id = frame.id or ""
        name = sent_id.encode() + frame.data if change.meta_id is None else change.meta_id.encode()
        if not self._recent.add(name):
            return "repeated"
        return None if self._is_wanted(change) else "filtered"

    def _is_wanted(self, change: Change) -> bool:
        """Return whether the filters let it pass; a change without the field that a filter asks for
        passes: the jobs refuse it."""
        wanted = self._settings
        return (
            (not wanted.wikis or change.wiki is None or change.wiki in wanted.wikis)
            and (not wanted.types or change.kind is None or change.kind in wanted.types)
            and (wanted.bots or not change.is_bot)
        )

    def _cursor(self, at: int) -> Cursor:
        recent = self._recent
        cursor: dict[str, str | int] = {"shared": recent.shared, "latest": recent.latest}
        if self._last_id is not None:
            cursor["id"] = self._last_id
        else:
            cursor["since"] = at
        return cursor

    def _put_alive(self) -> None:
        self._inbox.put(Alive(self._clock.now_us()))

    def _log_dropped(self) -> None:
        if self._dropped:
            log.info("events skipped", extra={"source": self.name, **self._dropped})
            self._dropped.clear()


def _recent(after: Cursor | None = None) -> Recent:
    """Return what the cursor knows; older versions wrote `recent`, the newest first."""
    cursor = after or {}
    older = "".join(reversed(str(cursor.get("recent", "")).split()))
    shared, latest = str(cursor.get("shared", older)), str(cursor.get("latest", ""))
    return Recent(shared, latest, digest_bytes=8, kept=_RECENT, in_cursor=_RECENT_IN_CURSOR)


def _user_agent(contact: str | None) -> str:
    """Return who we are, as Wikimedia's policy wants it:
    https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy"""
    name = variable("wikimedia", "contact")
    if not contact or not contact.strip():
        raise SettingsError(
            f"{name} is not set; Wikimedia refuses clients that do not name an address of mail or of a page at which "
            "you can be reached: put it into the environment or into .env"
        )
    if not contact.isascii() or not contact.isprintable():
        raise SettingsError(
            f"{name} is {contact!r}: an address of mail or of a page has other characters"
        )
    try:
        ours = version("tidemark")
    except PackageNotFoundError:  # not installed: its folder is on the path, as in a container
        ours = "unpacked"
    return f"Tidemark/{ours} ({contact.strip()}) python-requests/{requests.__version__}"
