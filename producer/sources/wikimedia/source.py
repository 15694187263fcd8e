"""Changes of Wikipedia and its sisters as they are made, from Wikimedia's EventStreams."""

import logging
import queue
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import ClassVar, Final

import msgspec
import requests

from producer.clock import Clock
from producer.coverage.gaps import SHORTEST_GAP_S, Hearing
from producer.sources.base import IDLE_S, UNHEARD, Cursor, Received, reading_cursor
from producer.sources.wikimedia.event_id import time_of
from producer.sources.wikimedia.payload import Change, read_change
from producer.sources.wikimedia.recent import Recent
from producer.sources.wikimedia.stream import Alive, Broken, Connected, Heard, WikimediaStream
from producer.transport.backoff import Backoff
from producer.transport.sse import Frame
from tidemark.contracts.coverage import Gap, Why
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
_HEALTHY_S: Final = 60.0


class Wikimedia:
    """Streams every change that passes the filters, from now on; later from where it was left.

    Wikimedia ends each connection after 15 minutes and keeps a week or more: what was sent
    meanwhile comes as we go on from the last event's id. A change comes once, unless more than 200
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
        shortest_gap_s: float = SHORTEST_GAP_S,
        silent_s: float = _SILENT_S,
        renew_s: float = _RENEW_S,
        healthy_s: float = _HEALTHY_S,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._shortest_gap_s = shortest_gap_s
        self._silent_us = int(silent_s * 1_000_000)
        self._stream = WikimediaStream(
            settings.url,
            _user_agent(settings.contact),
            clock,
            backoff=backoff or Backoff(),
            silent_s=silent_s,
            renew_s=renew_s,
            healthy_s=healthy_s,
        )
        self._recent = Recent()
        self._last_id: str | None = None
        self._asked_at: int | None = None
        self._is_connected = False
        self._came_at = 0
        self._left_out: Counter[str] = Counter()

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Wikimedia":
        return cls(settings.wikimedia, clock)

    def events(self, after: Cursor | None) -> Iterator[Received]:
        if after is None:
            now = self._clock.now_us()
            yield {"heard_at": now, "since": now}
        with reading_cursor(self.name):
            hearing, since = self._taken_up(after or {})
        self._stream.start(self._last_id, since)
        while True:
            try:
                received = self._stream.received.get(timeout=IDLE_S)
            except queue.Empty:
                hearing.held_back(self._stream.held_back_at)
                yield self._quiet(hearing)
                continue
            match received:
                case Heard(at, Frame() as frame):
                    self._came_at = at
                    yield hearing.heard(at)
                    yield from self._changes(hearing, frame, at)
                case Heard(at) | Connected(at):
                    if isinstance(received, Connected):
                        self._is_connected, self._asked_at, self._came_at = (
                            True,
                            received.asked_at,
                            at,
                        )
                    yield hearing.heard(at)
                case Alive(at):
                    yield hearing.heard(at)
                    yield self._rested(hearing, at)
                case Broken(at, why):
                    self._is_connected = False
                    self._report()
                    hearing.held_back(self._stream.held_back_at)
                    hearing.broke(why)
                    yield hearing.unheard(at) or UNHEARD
                case _:
                    raise received

    def close(self) -> None:
        self._report()
        self._stream.close()

    def _taken_up(self, after: Cursor) -> tuple[Hearing, int]:
        """Be as we were when the cursor was made, with the gap that was open. The second is since
        when to read, in µs, where there is no event to go on from.
        """
        heard_at = int(after.get("heard_at", 0)) or self._clock.now_us()
        self._last_id = str(after["id"]) if "id" in after else None
        self._recent.take_up(str(after.get("recent", "")), time_of(self._last_id or ""))
        since = int(after.get("since", heard_at))
        datetime.fromtimestamp(since / 1_000_000, UTC)  # is asked for in words
        gap = msgspec.json.decode(str(after["gap"]), type=Gap) if "gap" in after else None
        why = Why.STOPPED if after else Why.CUT
        return Hearing(heard_at, why, gap=gap, shortest_gap_s=self._shortest_gap_s), since

    def _changes(self, hearing: Hearing, frame: Frame, at: int) -> Iterator[Received]:
        if frame.event == "error":
            log.warning(
                "Wikimedia says", extra={"notice": frame.data[:300].decode(errors="replace")}
            )
            return
        self._last_id = frame.id or self._last_id
        change = read_change(frame.data)
        if change.sent_at is not None:
            yield self._mended(hearing, change.sent_at)
        left_out = self._left_out_as(change, frame)
        if left_out is not None:
            self._left_out[left_out] += 1
            return
        hearing.took()
        yield (
            Event(frame.data, self.name, received_at=at, key=change.key, event_id=change.event_id),
            self._cursor(hearing.gap, at),
        )

    def _mended(self, hearing: Hearing, sent_at: int) -> Gap | None:
        """The gap that this event shows to be healed; or lost, where it is the first and later than
        what we asked for.

        Having rewound we must get again what we have: a first event well after that was not what we
        asked for.
        """
        asked_at, self._asked_at = self._asked_at, None
        if asked_at is not None and sent_at > asked_at + self._shortest_gap_s * 1_000_000:
            return hearing.clamped(sent_at)
        return hearing.sent(sent_at)

    def _quiet(self, hearing: Hearing) -> Received:
        """What nothing means: a gap, where something comes all the time or there is no
        connection."""
        if self._is_connected and not self._stream.is_due:
            return None
        return hearing.unheard(self._clock.now_us()) or UNHEARD

    def _rested(self, hearing: Hearing, at: int) -> Gap | None:
        """Nothing is written. After a while there is nothing that we have missed and it would still
        send: the gap that this ends. It is lost where we have not even got again what we asked for
        and have: nothing was kept."""
        if at - self._came_at < self._silent_us:
            return None
        has_nothing = self._asked_at is not None and self._last_id is not None
        self._asked_at = None
        return hearing.clamped(at) if has_nothing else hearing.caught_up()

    def _left_out_as(self, change: Change, frame: Frame) -> str | None:
        if change.is_canary:
            return "canaries"
        told_id = frame.id or ""
        name = told_id.encode() + frame.data if change.meta_id is None else change.meta_id.encode()
        if self._recent.has(name, time_of(told_id)):
            return "repeated"
        return None if self._is_wanted(change) else "filtered"

    def _is_wanted(self, change: Change) -> bool:
        """What does not say is kept: that it does not is for others to find out."""
        wanted = self._settings
        return (
            (not wanted.wikis or change.wiki is None or change.wiki in wanted.wikis)
            and (not wanted.types or change.kind is None or change.kind in wanted.types)
            and (wanted.bots or not change.is_bot)
        )

    def _cursor(self, gap: Gap | None, heard_at: int) -> Cursor:
        cursor: dict[str, str | int] = {"heard_at": heard_at, "recent": self._recent.written()}
        if self._last_id is not None:
            cursor["id"] = self._last_id
        if gap is not None:
            cursor["gap"] = msgspec.json.encode(gap).decode()
        return cursor

    def _report(self) -> None:
        if self._left_out:
            log.info("left out", extra={"source": self.name, **self._left_out})
            self._left_out.clear()


def _user_agent(contact: str | None) -> str:
    """Wikimedia's policy:
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
