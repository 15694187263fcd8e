"""The loop's account of what it heard, with a source that plays a script on a clock of its own."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from stand_ins.clock import FakeClock

from producer.cursor import CursorFile, Position
from producer.run import run
from producer.sources.base.signals import (
    QUIET,
    SILENT,
    Activity,
    Backlog,
    CaughtUp,
    Connected,
    Cursor,
    Disconnected,
    Item,
    Signal,
    Started,
    Truncated,
)
from tidemark.contracts.coverage import Cause, Covered, Gap, State
from tidemark.contracts.events import Event
from tidemark.contracts.topics import COVERAGE, POSTS, Topic
from tidemark.errors import DeliveryError, SourceError

START_US = 1_790_000_000_000_000

Step = float | str | Sequence[Signal] | Exception
"""To be quiet for so many seconds, an event, signals, an error to end with."""


def us(second: float) -> int:
    """The instant so many seconds after the start."""
    return START_US + round(second * 1_000_000)


STARTED: Sequence[Signal] = [Started({})]
CONNECTED: Sequence[Signal] = [Started({}), Connected(START_US, Backlog.FIRST)]


def cut(began_s: float) -> Sequence[Signal]:
    """A gap that opens, later than five seconds after it began."""
    return [Activity(us(began_s)), Disconnected(us(began_s - 0.1), Cause.CUT), SILENT]


def healed(ended_s: float) -> Sequence[Signal]:
    """The end of the gap that is open."""
    return [Connected(us(ended_s), Backlog.FIRST), CaughtUp()]


class Scripted:
    name: ClassVar[str] = "scripted"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, clock: FakeClock, script: list[Step]) -> None:
        self._clock = clock
        self._script = script

    def events(self, after: Cursor | None) -> Iterator[Signal]:
        for step in self._script:
            match step:
                case float():
                    yield from self._idle(step, QUIET)
                case str():
                    at = self._clock.now_us()
                    yield Item(Event(step.encode(), "scripted", received_at=at), {})
                case Exception():
                    raise step
                case _:
                    yield from step

    def close(self) -> None:
        pass

    def _idle(self, for_s: float, signal: Signal) -> Iterator[Signal]:
        until_s = self._clock.elapsed_s() + for_s
        while until_s - self._clock.elapsed_s() > 0.1:
            self._clock.sleep(0.2)
            yield signal


class Kafka:
    """Acknowledges at once, or (is_late) an event when the next comes; `told` is what went to topic
    `coverage`."""

    sent_at = 0

    def __init__(self, fails_at: str = "", *, is_late: bool = False) -> None:
        self.told: list[Covered | Gap] = []
        self.events: list[Event] = []
        self._fails_at = fails_at
        self._is_late = is_late
        self._sent: Position | None = None
        self._acknowledged: Position | None = None

    def publish(self, topic: Topic, event: Event, cursor: Position | None) -> None:
        if event.value == self._fails_at.encode():
            raise DeliveryError("broken")
        if topic == COVERAGE:
            kind: type[Covered | Gap] = Gap if b"began_at" in event.value else Covered
            self.told.append(msgspec.json.decode(event.value, type=kind))
            self.events.append(event)
        if cursor is not None:
            self._acknowledged = self._sent if self._is_late else cursor
            self._sent = cursor

    def acknowledged(self) -> Position | None:
        return self._acknowledged

    def flush(self, timeout_s: float) -> None:
        pass


class World:
    """One producer that is started again and again: the same clock, cursor and Kafka."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(START_US)
        self.cursor_file = CursorFile(folder, "scripted")
        self.kafka = Kafka()

    def play(self, *script: Step) -> None:
        source = Scripted(self.clock, list(script))
        run(source, self.kafka, self.cursor_file, threading.Event(), self.clock)

    def gaps(self) -> list[Gap]:
        return [told for told in self.kafka.told if isinstance(told, Gap)]

    def heard(self) -> list[tuple[float, float]]:
        """The stretches that were told, in seconds from the start."""
        return [
            (round((told.from_at - START_US) / 1e6, 3), round((told.to_at - START_US) / 1e6, 3))
            for told in self.kafka.told
            if isinstance(told, Covered)
        ]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_quiet_source_is_heard_and_that_is_told_every_ten_seconds_and_at_the_end(
    world: World,
) -> None:
    world.play("a", 35.0)

    lengths = [end - begin for begin, end in world.heard()]
    assert all(10 <= length < 11.5 for length in lengths[:-1])
    assert (len(lengths), round(sum(lengths))) == (4, 35)
    assert all(
        end == begin for (_, end), (begin, _) in zip(world.heard(), world.heard()[1:], strict=False)
    )
    assert {(event.source, event.key) for event in world.kafka.events} == {
        ("scripted", b"scripted")
    }
    assert world.kafka.events[0].event_id == f"scripted:heard:{START_US}"


def test_in_a_gap_nothing_is_heard(world: World) -> None:
    world.play(CONNECTED, "a", 16.0, cut(11), 30.0, healed(40), 4.0)

    opened = Gap(us(11), Cause.CUT)
    assert world.gaps() == [opened, Gap(us(11), Cause.CUT, State.HEALED, us(40))]
    assert [stretch for stretch in world.heard() if stretch[1] > 11] == [(40, 46), (46, 50)]


def test_a_gap_that_is_over_when_it_is_told_parts_what_is_heard(world: World) -> None:
    world.play(CONNECTED, "a", 8.0, [Truncated(us(5), since=us(2))], 1.0)

    assert world.heard() == [(0, 2), (5, 8), (8, 9)]


def test_a_gap_that_reaches_back_before_what_was_told_is_told_all_the_same(world: World) -> None:
    world.play(CONNECTED, "a", 22.0, cut(9), 3.0, healed(24), 2.0)

    assert world.heard()[-2:] == [(24, 25), (25, 27)]
    assert len(world.gaps()) == 2


def test_a_restart_within_five_seconds_is_not_seen(world: World) -> None:
    world.play("a", 7.0)
    world.clock.sleep(3)
    world.play(2.0)

    assert world.heard() == [(0, 7), (7, 12)]


def test_a_pause_is_not_heard_and_its_gap_begins_when_it_was_last(world: World) -> None:
    world.play(CONNECTED, "a", 7.0)
    world.clock.sleep(60)
    world.play(STARTED, [SILENT], 1.0, healed(67), 2.0)

    assert world.gaps() == [
        Gap(us(7), Cause.STOPPED),
        Gap(us(7), Cause.STOPPED, State.HEALED, us(67)),
    ]
    assert world.heard() == [(0, 7), (67, 68), (68, 70)]


def test_ended_while_cut_off_its_gap_begins_when_it_was_last_heard(world: World) -> None:
    world.play(
        CONNECTED,
        "a",
        7.0,
        [Activity(us(7)), Disconnected(us(7), Cause.CUT), *[SILENT] * 15],
        3.0,
    )
    world.clock.sleep(60)

    world.play(STARTED, [SILENT], 1.0, healed(70), 2.0)

    assert world.gaps()[0] == Gap(us(7), Cause.STOPPED)
    assert world.heard()[-2:] == [(70, 71), (71, 73)]


def test_a_kill_loses_what_was_not_told_only_until_the_next_start(world: World) -> None:
    world.kafka = Kafka(fails_at="killed here")
    with pytest.raises(DeliveryError):
        world.play("a", 16.0, "killed here")
    ((_, told_until),) = world.heard()
    assert told_until < 12
    world.clock.sleep(30)

    world.play(2.0)

    assert world.heard()[1:] == [(told_until, 16), (46, 48)]


def test_stopped_in_a_gap_it_goes_on_in_the_gap(world: World) -> None:
    world.play(CONNECTED, "a", 10.0, cut(4.8), 10.0)
    world.clock.sleep(30)

    world.play(STARTED, [SILENT], 10.0, healed(52), 8.0)

    assert {gap.began_at for gap in world.gaps()} == {us(4.8)}
    assert [stretch for stretch in world.heard() if stretch[1] > 11] == [(52, 60), (60, 68)]


def test_events_of_a_gap_are_counted_once_though_it_was_killed_amid_them(world: World) -> None:
    world.kafka = Kafka(fails_at="missed 3", is_late=True)
    again: Sequence[Signal] = [Connected(us(10), Backlog.FIRST)]
    with pytest.raises(DeliveryError):
        world.play(CONNECTED, "a", 10.0, cut(4.8), again, "missed 1", "missed 2", "missed 3")
    world.kafka = Kafka()  # which had acknowledged the first of them

    world.play(STARTED, again, "missed 2", "missed 3", "missed 4", [CaughtUp()])

    assert world.gaps() == [Gap(us(4.8), Cause.CUT, State.HEALED, us(10), events=4)]


def test_a_machine_that_slept_did_not_hear(world: World) -> None:
    class Sleeper(Scripted):
        def events(self, after: Cursor | None) -> Iterator[Signal]:
            yield from self._idle(4, QUIET)
            self._clock.sleep(8 * 3600)
            yield from self._idle(3, QUIET)

    run(Sleeper(world.clock, []), world.kafka, world.cursor_file, threading.Event(), world.clock)

    assert [round(end - begin) for begin, end in world.heard()] == [4, 3]


def test_a_source_that_gives_up_was_heard_until_then(world: World) -> None:
    with pytest.raises(SourceError):
        world.play("a", 6.0, SourceError("402: no credit left"))

    assert world.heard() == [(0, 6)]
