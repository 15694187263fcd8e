"""The one loop of every producer: read → check → publish → save the cursor."""

import logging
import threading
from typing import Final

import msgspec
from msgspec.structs import replace

from producer.clock import Clock
from producer.coverage.gaps import SHORTEST_GAP_S
from producer.coverage.reporter import Coverage
from producer.cursor import CursorFile, Left
from producer.kafka.publisher import Publisher
from producer.sources.base import UNHEARD, Cursor, Source
from tidemark.contracts.coverage import Gap, Heard, State, Why
from tidemark.contracts.events import MAX_PAYLOAD_BYTES, Event
from tidemark.contracts.reasons import Reason
from tidemark.contracts.topics import COVERAGE, REJECTED, Topic
from tidemark.errors import SourceError

log = logging.getLogger(__name__)

_KEPT_BYTES: Final = 64 << 10
_SAVE_EVERY_S: Final = 1.0
_REPORT_EVERY_S: Final = 30.0
_DRAIN_S: Final = 5.0


def run(
    source: Source,
    publisher: Publisher,
    cursor_file: CursorFile,
    stopping: threading.Event,
    clock: Clock,
) -> int:
    """Publish what the source yields until it ends or `stopping` is set; returns how many events
    that were.

    However it ends, the cursor of what Kafka has acknowledged is saved: after a flush when we stop,
    the source ends or gives up (SourceError), without one when Kafka does not take an event
    (DeliveryError).
    """
    progress = _Progress(source.name, publisher, cursor_file, clock)
    try:
        try:
            progress.save()
            _pump(source, publisher, stopping, progress)
        except SourceError:
            progress.settle()
            raise
        progress.settle()
    finally:
        source.close()
        progress.save()
    progress.report("ended")
    return progress.events


def _pump(
    source: Source, publisher: Publisher, stopping: threading.Event, progress: "_Progress"
) -> None:
    for received in source.events(progress.resumed_after):
        progress.coverage.look(received)
        if isinstance(received, tuple):
            event, cursor = received
            publisher.publish(*checked(source.topic, event), cursor)
            progress.events += 1
        elif isinstance(received, Gap):
            progress.tell_gap(received)
        elif received is not None and received is not UNHEARD:
            progress.begin(received)
        if stopping.is_set():
            return
        progress.tick()


def checked(topic: Topic, event: Event) -> tuple[Topic, Event]:
    """Where the event goes: to its topic as received, or, where Kafka would not take it, its head
    to `rejected`."""
    if len(event.value) <= MAX_PAYLOAD_BYTES:
        return topic, event
    return REJECTED, replace(event, value=event.value[:_KEPT_BYTES], reason=Reason.TOO_LARGE)


class _Progress:
    """Saves the cursor and says how far we are, each now and then."""

    def __init__(
        self, name: str, publisher: Publisher, cursor_file: CursorFile, clock: Clock
    ) -> None:
        self.events = 0
        left = cursor_file.load()
        self.resumed_after = left.after
        self.coverage = Coverage(left, clock)
        self._name = name
        self._publisher = publisher
        self._cursor_file = cursor_file
        self._clock = clock
        self._save_at_s = clock.elapsed_s() + _SAVE_EVERY_S
        self._reported_at_s = clock.elapsed_s()
        self._reported_events = 0

    def begin(self, cursor: Cursor) -> None:
        """Whoever goes on before there is an event goes on here. A source that was heard before,
        and has no cursor, has lost what was written since.
        """
        heard_until, now = self._cursor_file.heard_until, self._clock.now_us()
        if (
            self.resumed_after is None
            and heard_until
            and now - heard_until > SHORTEST_GAP_S * 1_000_000
        ):
            self.tell_gap(Gap(heard_until, Why.STOPPED, State.LOST, ended_at=now))
        self.resumed_after = cursor
        self.save()

    def tell_gap(self, gap: Gap) -> None:
        log.warning(
            "gap",
            extra={"source": self._name, "why": gap.why, "state": gap.state, "events": gap.events},
        )
        self.coverage.take(gap)
        self.save()  # before it is told: who goes on after a kill must tell of the same gap
        self._tell_heard(all_of_it=True)
        self._tell(gap, f"gap:{gap.began_at}")

    def settle(self) -> None:
        """Wait until all that was read is acknowledged, and that we heard until now."""
        self._tell_heard(all_of_it=True)
        self._publisher.flush(_DRAIN_S)

    def _tell_heard(self, *, all_of_it: bool = False) -> None:
        for heard in self.coverage.to_tell(all_of_it=all_of_it):
            self._tell(heard, f"heard:{heard.from_at}")

    def _tell(self, what: Gap | Heard, event_id: str) -> None:
        """As an event of topic `coverage`; one source's stay in order, as its name is their key."""
        event = Event(
            msgspec.json.encode(what),
            self._name,
            received_at=self._clock.now_us(),
            key=self._name.encode(),
            event_id=f"{self._name}:{event_id}",
        )
        self._publisher.publish(COVERAGE, event, None)

    def tick(self) -> None:
        now_s = self._clock.elapsed_s()
        if now_s < self._save_at_s:
            return
        self._save_at_s = now_s + _SAVE_EVERY_S
        self._tell_heard()
        self.save()
        if now_s >= self._reported_at_s + _REPORT_EVERY_S:
            self.report("sending")

    def save(self) -> None:
        cursor = self._publisher.acknowledged() or self.resumed_after
        heard, sent_at = self.coverage, self._publisher.sent_at
        self._cursor_file.save(
            Left(cursor, heard.heard_at, heard.told_until, heard.is_open, sent_at)
        )

    def report(self, what: str) -> None:
        now_s = self._clock.elapsed_s()
        events, seconds = self.events - self._reported_events, now_s - self._reported_at_s
        log.info(
            what,
            extra={
                "source": self._name,
                "events": self.events,
                "per_s": round(events / seconds) if seconds else 0,
            },
        )
        self._reported_at_s, self._reported_events = now_s, self.events
