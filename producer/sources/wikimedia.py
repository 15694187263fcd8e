"""Changes of Wikipedia and its sisters as they are made, from Wikimedia's EventStreams."""

import hashlib
import itertools
import logging
import queue
from collections import Counter, deque
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import ClassVar, Final

import msgspec
import requests

from producer.backoff import Backoff
from producer.clock import Clock
from producer.hearing import SHORTEST_GAP_S, Hearing
from producer.sources.base import IDLE_S, UNHEARD, Cursor, Received
from producer.sources.sse import Frame
from producer.sources.wikimedia_id import REWIND_MS, time_of
from producer.sources.wikimedia_message import Change, read_change
from producer.sources.wikimedia_stream import Broken, Connected, Heard, WikimediaStream
from tidemark.contracts.coverage import Gap, Why
from tidemark.contracts.events import Event
from tidemark.contracts.topics import EDITS, Topic
from tidemark.errors import SettingsError
from tidemark.settings import Settings, WikimediaSettings, variable

log = logging.getLogger(__name__)

_SILENT_S: Final = 20.0
"""Some 35 changes a second are made, at any hour; a connection on which nothing comes for so long is dead."""
_HEALTHY_S: Final = 60.0
_RECENT: Final = 5000
_RECENT_IN_CURSOR: Final = 200


class Wikimedia:
    """Streams every change that passes the filters, from now on; later from where it was left.

    Wikimedia ends each connection after 15 minutes and keeps a week or more: what was sent meanwhile comes as we go
    on from the last event's id. A change comes once, unless more than 200 came within a second before we stopped.
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
        healthy_s: float = _HEALTHY_S,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._shortest_gap_s = shortest_gap_s
        self._stream = WikimediaStream(
            settings.url,
            _user_agent(settings.contact),
            clock,
            backoff=backoff or Backoff(),
            silent_s=silent_s,
            healthy_s=healthy_s,
        )
        self._recent = _Recent()
        self._last_id: str | None = None
        self._asked_at: int | None = None
        self._left_out: Counter[str] = Counter()

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Wikimedia":
        return cls(settings.wikimedia, clock)

    def events(self, after: Cursor | None) -> Iterator[Received]:
        if after is None:
            now = self._clock.now_us()
            yield {"heard_at": now, "since": now}
        hearing = self._taken_up(after or {})
        while True:
            try:
                received = self._stream.received.get(timeout=IDLE_S)
            except queue.Empty:
                hearing.held_back(self._stream.held_back_at)
                yield hearing.unheard(self._clock.now_us()) or UNHEARD
                continue
            match received:
                case Heard(at, Frame() as frame):
                    yield hearing.heard(at)
                    yield from self._changes(hearing, frame, at)
                case Heard(at) | Connected(at):
                    if isinstance(received, Connected):
                        self._asked_at = received.asked_at
                    yield hearing.heard(at)
                case Broken(at, why):
                    self._report()
                    hearing.broke(why)
                    yield hearing.unheard(at) or UNHEARD
                case _:
                    raise received

    def close(self) -> None:
        self._report()
        self._stream.close()

    def _taken_up(self, after: Cursor) -> Hearing:
        """Start to read after the cursor, with the gap that is open there."""
        heard_at = int(after.get("heard_at", 0)) or self._clock.now_us()
        self._last_id = str(after["id"]) if "id" in after else None
        self._recent.take_up(str(after.get("recent", "")), time_of(self._last_id or ""))
        self._stream.start(self._last_id, int(after.get("since", heard_at)))
        gap = msgspec.json.decode(str(after["gap"]), type=Gap) if "gap" in after else None
        why = Why.STOPPED if after else Why.CUT
        return Hearing(heard_at, why, gap=gap, shortest_gap_s=self._shortest_gap_s)

    def _changes(self, hearing: Hearing, frame: Frame, at: int) -> Iterator[Received]:
        if frame.event == "error":
            log.warning("Wikimedia says", extra={"notice": frame.data[:300].decode(errors="replace")})
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
        """The gap that this event shows to be healed; or lost, where it is the first and later than what we asked for.

        Having rewound we must get again what we have: a first event well after that was not what we asked for.
        """
        asked_at, self._asked_at = self._asked_at, None
        if asked_at is not None and sent_at > asked_at + self._shortest_gap_s * 1_000_000:
            return hearing.clamped(sent_at)
        return hearing.sent(sent_at)

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


class _Recent:
    """The changes that came last, so that what comes again is known."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._order: deque[tuple[str, int]] = deque()

    def has(self, what: bytes, at: int | None) -> bool:
        """Whether it is one of them; from now on it is. at: µs, by the stream's own time."""
        name = hashlib.blake2b(what, digest_size=8).hexdigest()
        if name in self._names:
            return True
        self._add(name, at or 0)
        return False

    def written(self) -> str:
        """Those that come again when the stream goes on from here."""
        if not self._order:
            return ""
        last_at = self._order[-1][1]
        recent = itertools.takewhile(lambda known: known[1] >= last_at - 2 * REWIND_MS * 1000, reversed(self._order))
        return " ".join(name for name, _ in itertools.islice(recent, _RECENT_IN_CURSOR))

    def take_up(self, written: str, at: int | None) -> None:
        for name in reversed(written.split()):
            self._add(name, at or 0)

    def _add(self, name: str, at: int) -> None:
        self._names[name] = None
        self._order.append((name, at))
        if len(self._order) > _RECENT:
            del self._names[self._order.popleft()[0]]


def _user_agent(contact: str | None) -> str:
    """Wikimedia's policy: https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy"""
    name = variable("wikimedia", "contact")
    if not contact or not contact.strip():
        raise SettingsError(
            f"{name} is not set; Wikimedia refuses clients that do not name an address of mail or of a page at which "
            "you can be reached: put it into the environment or into .env"
        )
    if not contact.isascii() or not contact.isprintable():
        raise SettingsError(f"{name} is {contact!r}: an address of mail or of a page has other characters")
    try:
        ours = version("tidemark")
    except PackageNotFoundError:  # not installed: its folder is on the path, as in a container
        ours = "unpacked"
    return f"Tidemark/{ours} ({contact.strip()}) python-requests/{requests.__version__}"
