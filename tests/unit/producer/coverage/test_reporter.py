"""The loop's account of what it heard, with a source that plays a script on a clock of its own."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from stand_ins.clock import FakeClock

from producer.cursor import CursorFile, Position
from producer.run import run
from producer.sources.base import UNHEARD, Cursor, Received, Unheard
from tidemark.contracts.coverage import Cause, Covered, Gap, State
from tidemark.contracts.events import Event
from tidemark.contracts.topics import COVERAGE, POSTS, Topic
from tidemark.errors import DeliveryError, SourceError

START_US = 1_790_000_000_000_000

Step = float | Unheard | str | Gap | Exception
"""To be quiet for so many seconds, unheard for three, an event, a gap to tell, an error to end
with."""


def us(second: float) -> int:
    """The instant so many seconds after the start."""
    return START_US + round(second * 1_000_000)


def gap(began_s: float, why: Cause, state: State = State.OPEN, ended_s: float | None = None) -> Gap:
    return Gap(us(began_s), why, state, None if ended_s is None else us(ended_s))


class Scripted:
    name: ClassVar[str] = "scripted"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, clock: FakeClock, script: list[Step]) -> None:
        self.after: Cursor | None = None
        self._clock = clock
        self._script = script

    def events(self, after: Cursor | None) -> Iterator[Received]:
        self.after = after
        for step in self._script:
            match step:
                case float():
                    yield from self._quiet(step)
                case Unheard():
                    yield from (step for _ in self._quiet(3))
                case str():
                    at = self._clock.now_us()
                    yield Event(step.encode(), "scripted", received_at=at), {"heard_at": at}
                case Gap():
                    yield step
                case _:
                    raise step

    def close(self) -> None:
        pass

    def _quiet(self, for_s: float) -> Iterator[None]:
        until_s = self._clock.elapsed_s() + for_s
        while until_s - self._clock.elapsed_s() > 0.1:
            self._clock.sleep(0.2)
            yield None


class Kafka:
    """Acknowledges at once; `told` is what went to topic `coverage`."""

    sent_at = 0

    def __init__(self, fails_at: str = "") -> None:
        self.told: list[Covered | Gap] = []
        self.events: list[Event] = []
        self._fails_at = fails_at
        self._cursor: Position | None = None

    def publish(self, topic: Topic, event: Event, cursor: Position | None) -> None:
        if event.value == self._fails_at.encode():
            raise DeliveryError("broken")
        if topic == COVERAGE:
            kind: type[Covered | Gap] = Gap if b"began_at" in event.value else Covered
            self.told.append(msgspec.json.decode(event.value, type=kind))
            self.events.append(event)
        self._cursor = cursor or self._cursor

    def acknowledged(self) -> Position | None:
        return self._cursor

    def flush(self, timeout_s: float) -> None:
        pass


class World:
    """One producer that is started again and again: the same clock, cursor and Kafka."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(START_US)
        self.cursor_file = CursorFile(folder, "scripted")
        self.kafka = Kafka()

    def play(self, *script: Step) -> Scripted:
        source = Scripted(self.clock, list(script))
        run(source, self.kafka, self.cursor_file, threading.Event(), self.clock)
        return source

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
    opened, healed = gap(11, Cause.CUT), gap(11, Cause.CUT, State.HEALED, ended_s=40)

    world.play("a", 16.0, opened, 30.0, healed, 4.0)

    assert [told for told in world.kafka.told if isinstance(told, Gap)] == [opened, healed]
    assert [stretch for stretch in world.heard() if stretch[1] > 11] == [(40, 46), (46, 50)]


def test_a_gap_that_is_over_when_it_is_told_parts_what_is_heard(world: World) -> None:
    world.play("a", 8.0, gap(2, Cause.CLAMPED, State.LOST, ended_s=5), 1.0)

    assert world.heard() == [(0, 2), (5, 8), (8, 9)]


def test_a_gap_that_reaches_back_before_what_was_told_is_told_all_the_same(world: World) -> None:
    world.play(
        "a", 22.0, gap(9, Cause.SILENCE), 3.0, gap(9, Cause.SILENCE, State.HEALED, ended_s=24), 2.0
    )

    assert world.heard()[-2:] == [(24, 25), (25, 27)]
    assert len([told for told in world.kafka.told if isinstance(told, Gap)]) == 2


def test_a_restart_within_five_seconds_is_not_seen(world: World) -> None:
    world.play("a", 7.0)
    world.clock.sleep(3)
    world.play(2.0)

    assert world.heard() == [(0, 7), (7, 12)]


def test_a_pause_is_not_heard_and_its_source_is_told_until_when_it_was(world: World) -> None:
    world.play("a", 7.0)
    world.clock.sleep(60)
    source = world.play(
        gap(7, Cause.STOPPED), 1.0, gap(7, Cause.STOPPED, State.HEALED, ended_s=67), 2.0
    )

    assert source.after == {"heard_at": us(7)}
    assert world.heard() == [(0, 7), (67, 68), (68, 70)]


def test_ended_while_cut_off_its_source_is_told_until_when_it_was_heard(world: World) -> None:
    world.play("a", 7.0, UNHEARD)
    world.clock.sleep(60)

    source = world.play(
        gap(7, Cause.STOPPED), 1.0, gap(7, Cause.STOPPED, State.HEALED, ended_s=70), 2.0
    )

    assert source.after == {"heard_at": us(7)}
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
    world.play("a", 10.0, gap(5, Cause.CUT), 10.0)
    world.clock.sleep(30)

    source = world.play(10.0, gap(5, Cause.CUT, State.HEALED, ended_s=52), 8.0)

    assert source.after == {"heard_at": us(5)}
    assert [stretch for stretch in world.heard() if stretch[1] > 11] == [(52, 60), (60, 68)]


def test_a_machine_that_slept_did_not_hear(world: World) -> None:
    class Sleeper(Scripted):
        def events(self, after: Cursor | None) -> Iterator[Received]:
            yield from self._quiet(4)
            self._clock.sleep(8 * 3600)
            yield from self._quiet(3)

    run(Sleeper(world.clock, []), world.kafka, world.cursor_file, threading.Event(), world.clock)

    assert [round(end - begin) for begin, end in world.heard()] == [4, 3]


def test_a_source_that_gives_up_was_heard_until_then(world: World) -> None:
    with pytest.raises(SourceError):
        world.play("a", 6.0, SourceError("402: no credit left"))

    assert world.heard() == [(0, 6)]
