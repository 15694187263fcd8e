"""The one loop of every producer: read → route → publish → save the cursor."""

import logging
import threading
from typing import Final

import msgspec
from msgspec.structs import replace

from producer.clock import Clock
from producer.coverage.gaps import SHORTEST_GAP_S, GapTracker
from producer.coverage.reporter import CoverageReporter
from producer.cursor import CursorFile, Position, SavedPosition
from producer.kafka.publisher import Publisher
from producer.sources.base.signals import (
    Activity,
    CaughtUp,
    Checkpoint,
    Connected,
    Cursor,
    Disconnected,
    Item,
    Quiet,
    Signal,
    Silent,
    Started,
    Truncated,
)
from producer.sources.base.source import Source
from tidemark.contracts.coverage import Cause, Covered, Gap, State
from tidemark.contracts.events import MAX_PAYLOAD_BYTES, Event
from tidemark.contracts.reasons import Reason
from tidemark.contracts.topics import COVERAGE, REJECTED, Topic
from tidemark.errors import SourceError

log = logging.getLogger(__name__)

_KEPT_BYTES: Final = 64 << 10
_GAP_EVENTS: Final = {
    State.OPEN: "gap opened",
    State.HEALED: "gap healed",
    State.LOST: "gap lost",
}
_SAVE_EVERY_S: Final = 1.0
_LOG_EVERY_S: Final = 30.0
_DRAIN_S: Final = 5.0


def run(
    source: Source,
    publisher: Publisher[Position],
    cursor_file: CursorFile,
    stopping: threading.Event,
    clock: Clock,
    *,
    shortest_gap_s: float = SHORTEST_GAP_S,
) -> int:
    """Publish what the source yields until it ends or `stopping` is set; return how many events
    that were.

    However it ends, the cursor of what Kafka has acknowledged is saved: after a flush when we stop,
    the source ends or fails (SourceError), without one when Kafka does not take an event
    (DeliveryError).
    """
    progress = _Progress(source, publisher, cursor_file, clock, shortest_gap_s)
    try:
        try:
            progress.save()
            for signal in source.events(progress.resumed_cursor):
                progress.receive(signal)
                if stopping.is_set():
                    break
                progress.tick()
        except SourceError:
            progress.settle()
            raise
        progress.settle()
    finally:
        source.close()
        progress.save()
    progress.log("ended")
    return progress.events


def route(topic: Topic, event: Event) -> tuple[Topic, Event]:
    """Return where the event goes: to its topic as received; its head to `rejected`, where Kafka
    would not take all of it."""
    if len(event.value) <= MAX_PAYLOAD_BYTES:
        return topic, event
    return REJECTED, replace(event, value=event.value[:_KEPT_BYTES], reason=Reason.TOO_LARGE)


class _Progress:
    """Publishes events and what it concludes about gaps; saves and logs how far it is, each now and
    then."""

    def __init__(
        self,
        source: Source,
        publisher: Publisher[Position],
        cursor_file: CursorFile,
        clock: Clock,
        shortest_gap_s: float,
    ) -> None:
        self.events = 0
        saved = cursor_file.load()
        self._resumed = None if saved.cursor is None else Position(saved.cursor, saved.gap)
        self._name = source.name
        self._topic = source.topic
        self._publisher = publisher
        self._cursor_file = cursor_file
        self._clock = clock
        self._coverage = CoverageReporter(saved, clock)
        self._gaps = GapTracker(
            self._report_gap,
            clock.now_us(),
            last_active_at=saved.covered_until,
            gap=saved.gap,
            shortest_gap_s=shortest_gap_s,
        )
        self._save_at_s = clock.elapsed_s() + _SAVE_EVERY_S
        self._logged_at_s = clock.elapsed_s()
        self._logged_events = 0

    @property
    def resumed_cursor(self) -> Cursor | None:
        """Return where the source resumes; None where it starts."""
        return None if self._resumed is None else self._resumed.cursor

    def receive(self, signal: Signal) -> None:
        """Handle what the source reports."""
        match signal:
            case Item():
                gap = self._gaps.on_event(signal)
                topic, event = route(signal.topic or self._topic, signal.event)
                self._publisher.publish(topic, event, Position(signal.cursor, gap))
                self.events += 1
            case _:
                self._note(signal, self._clock.now_us())

    def settle(self) -> None:
        """Report coverage until now, and wait until all that was read is acknowledged."""
        self._report_covered(all_of_it=True)
        self._publisher.flush(_DRAIN_S)

    def tick(self) -> None:
        """Report, save and log, each where it is due."""
        now_s = self._clock.elapsed_s()
        if now_s < self._save_at_s:
            return
        self._save_at_s = now_s + _SAVE_EVERY_S
        self._report_covered()
        self.save()
        if now_s >= self._logged_at_s + _LOG_EVERY_S:
            self.log("sending")

    def _note(self, signal: Signal, now: int) -> None:
        self._coverage.look(now)
        match signal:
            case Quiet():
                self._gaps.on_quiet(now)
            case Silent():
                self._gaps.check_silence(now, signal.channel)
            case Activity():
                self._gaps.on_activity(*signal)
            case Connected():
                self._gaps.on_connected(*signal)
            case Disconnected():
                self._gaps.on_disconnect(*signal)
            case CaughtUp():
                self._gaps.on_caught_up(signal.channel, is_lost=signal.is_lost)
            case Truncated():
                self._gaps.on_truncated(*signal)
            case Started():
                self._start(signal, now)
            case Checkpoint():
                self._move_start(signal)

    def save(self) -> None:
        """Save the position that Kafka has acknowledged."""
        position = self._publisher.acknowledged() or self._resumed
        coverage = self._coverage
        covered_until = coverage.reported_until if coverage.is_open else self._gaps.covered_until
        self._cursor_file.save(
            SavedPosition(
                cursor=None if position is None else dict(position.cursor),
                covered_until=covered_until,
                reported_until=coverage.reported_until,
                is_open=coverage.is_open,
                sent_at=self._publisher.sent_at,
                gap=None if position is None else position.gap,
            )
        )

    def log(self, message: str) -> None:
        """Log how many events there were, and how many a second since the last time."""
        now_s = self._clock.elapsed_s()
        events, seconds = self.events - self._logged_events, now_s - self._logged_at_s
        per_s = round(events / seconds) if seconds else 0
        log.info(message, extra={"source": self._name, "events": self.events, "per_s": per_s})
        self._logged_at_s, self._logged_events = now_s, self.events

    def _start(self, started: Started, now: int) -> None:
        """Save where a source starts that has no cursor. If it was covered before, its cursor was
        deleted, and what was written since is lost."""
        is_resumed = self._resumed is not None
        if not is_resumed:
            covered_until = self._cursor_file.covered_until
            if covered_until and now - covered_until > SHORTEST_GAP_S * 1_000_000:
                self._report_gap(Gap(covered_until, Cause.STOPPED, State.LOST, ended_at=now))
            self._resumed = Position(started.cursor)
        self._gaps.on_started(started.channels, is_resumed=is_resumed)
        self.save()

    def _move_start(self, checkpoint: Checkpoint) -> None:
        if self.events == 0:  # later, events that Kafka does not have yet may be before it
            self._resumed = Position(checkpoint.cursor, self._gaps.gap)
            self.save()

    def _report_gap(self, gap: Gap) -> None:
        log.warning(
            _GAP_EVENTS[gap.state],
            extra={"source": self._name, "cause": gap.why, "events": gap.events},
        )
        self._coverage.look(self._clock.now_us())
        self._coverage.on_gap(gap)
        self.save()  # before it is reported: a run after a kill must report the same gap
        self._report_covered(all_of_it=True)
        self._report(gap, f"gap:{gap.began_at}")

    def _report_covered(self, *, all_of_it: bool = False) -> None:
        self._coverage.look(self._clock.now_us())
        for covered in self._coverage.due(all_of_it=all_of_it):
            self._report(covered, f"heard:{covered.from_at}")

    def _report(self, what: Gap | Covered, event_id: str) -> None:
        """Publish to topic `coverage`; the source's name is the key, which keeps them in order."""
        event = Event(
            msgspec.json.encode(what),
            self._name,
            received_at=self._clock.now_us(),
            key=self._name.encode(),
            event_id=f"{self._name}:{event_id}",
        )
        self._publisher.publish(COVERAGE, event, None)
