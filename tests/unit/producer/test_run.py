import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from stand_ins.clock import FakeClock

from producer.cursor import CursorFile, Position, SavedPosition
from producer.run import run
from producer.sources.base.signals import (
    QUIET,
    SILENT,
    Backlog,
    Checkpoint,
    Connected,
    Cursor,
    Item,
    Signal,
    Started,
)
from tidemark.contracts.coverage import Cause, Gap, State
from tidemark.contracts.events import MAX_PAYLOAD_BYTES, Event
from tidemark.contracts.topics import COVERAGE, POSTS, REJECTED, Topic
from tidemark.errors import DeliveryError, SourceError


class Numbers:
    """Yields 1 to `last`, with an idle moment before each, then does what `at_end` says."""

    name: ClassVar[str] = "numbers"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, clock: FakeClock, last: int, at_end: Exception | None = None) -> None:
        self._clock = clock
        self._last = last
        self._at_end = at_end
        self.closed = 0

    def events(self, after: Cursor | None) -> Iterator[Signal]:
        first = 1 if after is None else int(after["number"]) + 1
        for number in range(first, self._last + 1):
            self._clock.sleep(0.2)
            yield QUIET
            event = Event(b"%d" % number, "numbers", received_at=self._clock.now_us())
            yield Item(event, {"number": number})
        if self._at_end is not None:
            raise self._at_end

    def close(self) -> None:
        self.closed += 1


@dataclass
class Shelf:
    """A publisher in memory; acknowledges up to the flush, and fails at the number `fails_at`.

    told  what went to topic `coverage`
    """

    fails_at: bytes = b""
    published: list[tuple[Topic, bytes]] = field(default_factory=list)
    told: list[tuple[Topic, bytes]] = field(default_factory=list)
    sent: Position | None = None
    safe: Position | None = None
    sent_at: int = 0

    def publish(self, topic: Topic, event: Event, cursor: Position | None) -> None:
        if event.value == self.fails_at:
            raise DeliveryError("broken")
        (self.told if topic == COVERAGE else self.published).append((topic, event.value))
        self.safe, self.sent = self.sent, cursor or self.sent

    def acknowledged(self) -> Position | None:
        return self.safe

    def flush(self, timeout_s: float) -> None:
        self.safe = self.sent


def test_everything_is_published_in_order_and_the_cursor_is_after_the_last(tmp_path: Path) -> None:
    clock, shelf = FakeClock(), Shelf()
    source = Numbers(clock, last=4)

    sent = run(source, shelf, CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    assert sent == 4
    assert shelf.published == [(POSTS, b"1"), (POSTS, b"2"), (POSTS, b"3"), (POSTS, b"4")]
    assert CursorFile(tmp_path, "numbers").load().cursor == {"number": 4}
    assert source.closed == 1


def test_a_second_run_goes_on_after_the_first(tmp_path: Path) -> None:
    clock, shelf = FakeClock(), Shelf()
    run(Numbers(clock, last=2), shelf, CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    run(Numbers(clock, last=4), shelf, CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    assert [value for _, value in shelf.published] == [b"1", b"2", b"3", b"4"]


def test_killed_before_its_first_event_the_next_run_goes_on_from_the_cursor_that_the_source_began_with(
    tmp_path: Path,
) -> None:
    clock = FakeClock()

    class Killed(Numbers):
        def events(self, after: Cursor | None) -> Iterator[Signal]:
            yield Started({"number": 7})
            saved.append(CursorFile(tmp_path, "numbers").load())

    saved: list[SavedPosition] = []
    run(Killed(clock, last=0), Shelf(), CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    assert [(left.cursor, left.covered_until) for left in saved] == [
        ({"number": 7}, clock.now_us())
    ]


def test_a_later_cursor_than_that_of_the_start_is_saved_until_there_is_an_event(
    tmp_path: Path,
) -> None:
    clock = FakeClock()

    class Killed(Numbers):
        def events(self, after: Cursor | None) -> Iterator[Signal]:
            yield Started({"number": 7})
            yield Checkpoint({"number": 8})
            note()
            yield Item(Event(b"9", "numbers", received_at=9), {"number": 9})
            yield Checkpoint({"number": 10})
            note()

    def note() -> None:
        saved.append(CursorFile(tmp_path, "numbers").load().cursor)

    saved: list[dict[str, str | int] | None] = []
    run(Killed(clock, last=0), Shelf(), CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    assert saved == [{"number": 8}, {"number": 8}]


def test_a_gap_is_saved_before_it_is_told_so_that_who_goes_on_after_a_kill_tells_of_the_same(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    began_at = clock.now_us()

    class Cut(Numbers):
        def events(self, after: Cursor | None) -> Iterator[Signal]:
            yield Started({"number": 7})
            yield Connected(began_at, Backlog.FIRST)
            for _ in range(30):  # the loop saves each second that it is covered
                clock.sleep(0.2)
                yield QUIET
            yield SILENT

    class Watched(Shelf):
        def publish(self, topic: Topic, event: Event, cursor: Position | None) -> None:
            left = CursorFile(tmp_path, "numbers").load()
            saved.append((left.cursor, left.covered_until))

    saved: list[tuple[Cursor | None, int | None]] = []
    run(Cut(clock, last=0), Watched(), CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    assert saved == [({"number": 7}, began_at)]


@pytest.mark.parametrize(("away_s", "is_told"), [(3600, True), (3, False)])
def test_where_its_cursor_was_deleted_a_live_source_begins_now_and_what_it_was_not_heard_is_told_to_be_lost(
    tmp_path: Path, away_s: float, is_told: bool
) -> None:
    clock, shelf = FakeClock(), Shelf()

    class Live(Numbers):
        def events(self, after: Cursor | None) -> Iterator[Signal]:
            assert after is None
            yield Started({})
            yield QUIET

    def run_once() -> None:
        cursor_file = CursorFile(tmp_path, "live")
        with cursor_file.held():
            run(Live(clock, last=0), shelf, cursor_file, threading.Event(), clock)

    run_once()
    heard_until = clock.now_us()
    (tmp_path / "live.json").unlink()
    clock.sleep(away_s)
    shelf.told.clear()
    run_once()

    lost = Gap(heard_until, Cause.STOPPED, State.LOST, ended_at=clock.now_us())
    assert [value for _, value in shelf.told] == ([msgspec.json.encode(lost)] if is_told else [])


def test_the_cursor_is_saved_on_the_way_but_never_ahead_of_what_is_acknowledged(
    tmp_path: Path,
) -> None:
    clock, shelf = FakeClock(), Shelf()
    saved: list[tuple[Cursor | None, Cursor | None]] = []

    class Watched(CursorFile):
        def save(self, left: SavedPosition) -> None:
            position = shelf.acknowledged()
            saved.append((left.cursor, None if position is None else position.cursor))
            super().save(left)

    run(Numbers(clock, last=40), shelf, Watched(tmp_path, "numbers"), threading.Event(), clock)

    # 40 numbers, one every 0.2 s: eight seconds, and a save in each of them, one before and one at
    # the end.
    assert len(saved) in (9, 10)
    assert all(cursor == acknowledged for cursor, acknowledged in saved)
    assert saved[-1][0] == {"number": 40}


def test_a_payload_that_kafka_would_not_take_is_rejected_with_its_head_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    clock, shelf = FakeClock(), Shelf()
    small, largest, large = b"s", b"l" * MAX_PAYLOAD_BYTES, b"x" * (MAX_PAYLOAD_BYTES + 1)
    published: list[tuple[Topic, Event]] = []

    class Sizes(Numbers):
        def events(self, after: Cursor | None) -> Iterator[Signal]:
            for value in (small, large, largest):
                event = Event(value, "numbers", 7, key=b"k", event_id="n:1")
                yield Item(event, {"number": len(value)})

    class Keeping(Shelf):
        def publish(self, topic: Topic, event: Event, cursor: Position | None) -> None:
            published.append((topic, event))

    run(Sizes(clock, 0), Keeping(), CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    assert published == [
        (POSTS, Event(small, "numbers", 7, key=b"k", event_id="n:1")),
        (
            REJECTED,
            Event(large[: 64 << 10], "numbers", 7, key=b"k", event_id="n:1", reason="too_large"),
        ),
        (POSTS, Event(largest, "numbers", 7, key=b"k", event_id="n:1")),
    ]
    assert shelf.published == []


def test_told_to_stop_it_flushes_what_was_read_and_reads_no_more(tmp_path: Path) -> None:
    clock, stopping = FakeClock(), threading.Event()

    class Stopping(Shelf):
        def publish(self, topic: Topic, event: Event, cursor: Position | None) -> None:
            super().publish(topic, event, cursor)
            if event.value == b"3":
                stopping.set()

    shelf, source = Stopping(), Numbers(clock, last=9)

    assert run(source, shelf, CursorFile(tmp_path, "numbers"), stopping, clock) == 3

    assert CursorFile(tmp_path, "numbers").load().cursor == {"number": 3}
    assert source.closed == 1


def test_a_source_that_gives_up_is_an_error_after_all_it_gave_is_safe(tmp_path: Path) -> None:
    clock, shelf = FakeClock(), Shelf()
    source = Numbers(clock, last=2, at_end=SourceError("402: no credit left"))

    with pytest.raises(SourceError, match="no credit left"):
        run(source, shelf, CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    assert CursorFile(tmp_path, "numbers").load().cursor == {"number": 2}
    assert source.closed == 1


def test_an_event_that_is_not_delivered_stops_all_and_the_cursor_stays_before_it(
    tmp_path: Path,
) -> None:
    clock, shelf = FakeClock(), Shelf(fails_at=b"4")
    source = Numbers(clock, last=9)

    with pytest.raises(DeliveryError):
        run(source, shelf, CursorFile(tmp_path, "numbers"), threading.Event(), clock)

    assert CursorFile(tmp_path, "numbers").load().cursor == {
        "number": 2
    }  # 3 was sent, and not yet acknowledged
    assert source.closed == 1
