"""One gap for several channels, of which what was missed is fetched beside the stream."""

import pytest

from producer.coverage.gaps import GapTracker
from producer.sources.base.signals import Backlog, Item
from tidemark.contracts.coverage import Cause, Gap, State
from tidemark.contracts.events import Event

S = 1_000_000


class Channels:
    """A tracker whose channels are connected at second 100, and what it has reported."""

    def __init__(self, *names: str, gap: Gap | None = None, is_resumed: bool = False) -> None:
        self.reported: list[Gap] = []
        self.tracker = GapTracker(
            self.reported.append, 100 * S, last_active_at=100 * S, gap=gap, shortest_gap_s=5
        )
        self.tracker.on_started(names if is_resumed else [], is_resumed=is_resumed)
        for name in () if is_resumed else names:
            self.connect(name, 100 * S)

    def connect(self, name: str, at: int) -> None:
        self.tracker.on_connected(at, Backlog.BESIDE, name)

    def event(self, name: str, at: int, *, was_missed: bool = True) -> None:
        event = Event(b"", "x", received_at=at)
        self.tracker.on_event(Item(event, {}, channel=name, was_missed=was_missed))

    def look(self, at: int) -> list[Gap]:
        """What was reported since the last look."""
        self.tracker.check_silence(at)
        found, self.reported[:] = [*self.reported], []
        return found


def test_a_cut_opens_after_five_seconds_and_begins_at_the_last_sign_of_life() -> None:
    source = Channels("public")
    source.tracker.on_activity(110 * S, channel="public")
    source.tracker.on_disconnect(120 * S, Cause.CUT, "public")

    assert source.look(125 * S) == []
    assert source.tracker.covered_until == 110 * S
    assert source.look(125 * S + 1) == [Gap(110 * S, Cause.CUT)]
    assert source.look(126 * S) == []
    assert source.tracker.gap == Gap(110 * S, Cause.CUT)


@pytest.mark.parametrize("busy", ["#a", "#b"])
def test_a_gap_opens_also_where_events_never_stop_coming(busy: str) -> None:
    source = Channels("#a", "#b")
    source.tracker.on_disconnect(110 * S, Cause.CUT, "#a")
    source.connect("#a", 111 * S)

    source.event(busy, 115 * S, was_missed=False)
    assert source.reported == []
    source.event(busy, 116 * S, was_missed=False)

    assert source.reported == [Gap(100 * S, Cause.CUT)]


def test_a_silence_opens_at_once_because_nothing_came_for_long() -> None:
    source = Channels("public")
    source.tracker.on_disconnect(135 * S, Cause.SILENCE, "public")

    assert source.look(135 * S) == [Gap(100 * S, Cause.SILENCE)]


@pytest.mark.parametrize("is_lost", [False, True])
def test_mended_in_time_it_was_no_gap_unless_something_was_lost(is_lost: bool) -> None:
    source = Channels("public")
    source.tracker.on_disconnect(101 * S, Cause.CUT, "public")
    source.connect("public", 102 * S)
    source.event("public", 102 * S)
    source.tracker.on_caught_up("public", is_lost=is_lost)

    lost = [Gap(100 * S, Cause.CUT, State.LOST, 102 * S, events=1)]
    assert source.look(103 * S) == (lost if is_lost else [])
    source.tracker.on_quiet(103 * S)
    assert source.tracker.covered_until == 103 * S


def test_it_ends_when_it_was_connected_again_though_it_closes_when_the_last_has_caught_up() -> None:
    source = Channels("#a", "#b")
    source.tracker.on_disconnect(100 * S, Cause.REFUSED, "#a")
    source.tracker.on_disconnect(104 * S, Cause.CUT, "#b")
    assert source.look(106 * S) == [Gap(100 * S, Cause.REFUSED)]
    source.connect("#a", 107 * S)
    source.event("#a", 107 * S)
    source.tracker.on_caught_up("#a")
    assert source.look(108 * S) == []
    source.connect("#b", 109 * S)
    source.event("#b", 109 * S)
    source.event("#b", 110 * S, was_missed=False)
    source.event("#a", 119 * S)
    source.tracker.on_caught_up("#b")

    assert source.look(120 * S) == [Gap(100 * S, Cause.REFUSED, State.HEALED, 109 * S, events=2)]
    assert source.look(121 * S) == []
    assert source.tracker.gap is None


def test_cut_again_while_it_catches_up_it_is_the_same_gap() -> None:
    source = Channels("public")
    source.tracker.on_disconnect(100 * S, Cause.CUT, "public")
    assert source.look(106 * S) != []
    source.connect("public", 107 * S)
    source.tracker.on_disconnect(108 * S, Cause.SILENCE, "public")

    assert source.look(120 * S) == []
    source.tracker.on_caught_up("public")
    assert source.look(120 * S) == []
    source.connect("public", 121 * S)
    source.tracker.on_caught_up("public")
    assert source.look(122 * S) == [Gap(100 * S, Cause.CUT, State.HEALED, 121 * S)]


def test_a_long_backfill_opens_a_gap_though_the_stream_is_connected() -> None:
    source = Channels("public")
    source.tracker.on_disconnect(101 * S, Cause.CUT, "public")
    source.connect("public", 102 * S)

    assert source.look(107 * S) == [Gap(100 * S, Cause.CUT)]


def test_a_gap_of_the_run_before_continues_and_is_not_reported_again() -> None:
    before = Gap(90 * S, Cause.CUT, events=7)
    source = Channels("public", gap=before, is_resumed=True)

    assert source.look(200 * S) == []
    source.connect("public", 201 * S)
    source.event("public", 201 * S)
    source.tracker.on_caught_up("public")
    assert source.look(202 * S) == [Gap(90 * S, Cause.CUT, State.HEALED, 201 * S, events=8)]


def test_a_channel_that_was_not_there_before_has_missed_nothing() -> None:
    source = Channels("#old", is_resumed=True)
    source.tracker.on_connected(200 * S, Backlog.LOST, "#new")
    assert source.look(200 * S) == [Gap(100 * S, Cause.STOPPED)]
    source.connect("#old", 201 * S)
    source.tracker.on_caught_up("#old")

    assert source.look(202 * S) == [Gap(100 * S, Cause.STOPPED, State.HEALED, 201 * S)]
