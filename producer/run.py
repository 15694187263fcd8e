"""The one loop of every producer: read → check → publish → save the cursor."""

import logging
import threading
from typing import Final

from msgspec.structs import replace

from producer.clock import Clock
from producer.cursor import CursorFile
from producer.publisher import Publisher
from producer.sources.base import Source
from tidemark.contracts.events import MAX_PAYLOAD_BYTES, Event
from tidemark.contracts.reasons import Reason
from tidemark.contracts.topics import REJECTED, Topic
from tidemark.errors import SourceError

log = logging.getLogger(__name__)

_KEPT_BYTES: Final = 64 << 10
_SAVE_EVERY_S: Final = 1.0
_REPORT_EVERY_S: Final = 30.0
_DRAIN_S: Final = 5.0


def run(source: Source, publisher: Publisher, cursor_file: CursorFile, stopping: threading.Event, clock: Clock) -> int:
    """Publish what the source yields until it ends or `stopping` is set; returns how many events that were.

    However it ends, the cursor of what Kafka has acknowledged is saved: after a flush when we stop, the source
    ends or gives up (SourceError), without one when Kafka does not take an event (DeliveryError).
    """
    progress = _Progress(source.name, publisher, cursor_file, clock)
    try:
        try:
            _pump(source, publisher, stopping, progress)
        except SourceError:
            publisher.flush(_DRAIN_S)
            raise
        publisher.flush(_DRAIN_S)
    finally:
        source.close()
        progress.save()
    progress.report("ended")
    return progress.events


def _pump(source: Source, publisher: Publisher, stopping: threading.Event, progress: "_Progress") -> None:
    for received in source.events(progress.resumed_after):
        if received is not None:
            event, cursor = received
            publisher.publish(*checked(source.topic, event), cursor)
            progress.events += 1
        if stopping.is_set():
            return
        progress.tick()


def checked(topic: Topic, event: Event) -> tuple[Topic, Event]:
    """Where the event goes: to its topic as received, or, where Kafka would not take it, its head to `rejected`."""
    if len(event.value) <= MAX_PAYLOAD_BYTES:
        return topic, event
    return REJECTED, replace(event, value=event.value[:_KEPT_BYTES], reason=Reason.TOO_LARGE)


class _Progress:
    """Saves the cursor and says how far we are, each now and then."""

    def __init__(self, name: str, publisher: Publisher, cursor_file: CursorFile, clock: Clock) -> None:
        self.events = 0
        self.resumed_after = cursor_file.load()
        self._name = name
        self._publisher = publisher
        self._cursor_file = cursor_file
        self._clock = clock
        self._save_at_s = clock.elapsed_s() + _SAVE_EVERY_S
        self._reported_at_s = clock.elapsed_s()
        self._reported_events = 0

    def tick(self) -> None:
        now_s = self._clock.elapsed_s()
        if now_s < self._save_at_s:
            return
        self._save_at_s = now_s + _SAVE_EVERY_S
        self.save()
        if now_s >= self._reported_at_s + _REPORT_EVERY_S:
            self.report("sending")

    def save(self) -> None:
        cursor = self._publisher.acknowledged()
        if cursor is not None:
            self._cursor_file.save(cursor)

    def report(self, what: str) -> None:
        now_s = self._clock.elapsed_s()
        events, seconds = self.events - self._reported_events, now_s - self._reported_at_s
        log.info(
            what,
            extra={"source": self._name, "events": self.events, "per_s": round(events / seconds) if seconds else 0},
        )
        self._reported_at_s, self._reported_events = now_s, self.events
