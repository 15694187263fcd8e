"""The gaps of a source with one channel."""

from collections.abc import Callable

from producer.coverage.gaps import GapTracker
from producer.sources.base.signals import Backlog, Item
from tidemark.contracts.coverage import Cause, Gap, State
from tidemark.contracts.events import Event

S = 1_000_000
BEGAN = 1_790_000_000 * S


def at(second: float) -> int:
    return BEGAN + int(second * S)


class Followed:
    """A tracker, and the gap that it reports while something is done to it."""

    def __init__(
        self, *, gap: Gap | None = None, is_resumed: bool = False, is_connected: bool = True
    ) -> None:
        """Last active at second 0."""
        self._reported: list[Gap] = []
        self.tracker = GapTracker(
            self._reported.append, at(0), last_active_at=at(0), gap=gap, shortest_gap_s=5
        )
        self.tracker.on_started([""], is_resumed=is_resumed)
        if is_connected:
            assert self.after(lambda: self.tracker.on_connected(at(0), Backlog.FIRST)) is None

    def after(self, act: Callable[[], object]) -> Gap | None:
        act()
        gap = self._reported.pop() if self._reported else None
        assert self._reported == []
        return gap

    def silent(self, second: float) -> Gap | None:
        return self.after(lambda: self.tracker.check_silence(at(second)))

    def active(self, second: float, sent_s: float | None = None) -> Gap | None:
        sent_at = None if sent_s is None else at(sent_s)
        return self.after(lambda: self.tracker.on_activity(at(second), sent_at))

    def cut(self, second: float, cause: Cause = Cause.CUT) -> Gap | None:
        return self.after(lambda: self.tracker.on_disconnect(at(second), cause))

    def event(self, second: float, sent_s: float) -> Gap | None:
        item = Item(Event(b"", "x", received_at=at(second)), {}, sent_at=at(sent_s))
        return self.after(lambda: self.tracker.on_event(item))

    def truncated(self, second: float) -> Gap | None:
        return self.after(lambda: self.tracker.on_truncated(at(second)))


def test_five_seconds_are_no_gap() -> None:
    source = Followed()

    assert source.silent(5) is None
    assert source.active(5) is None
    assert source.silent(9) is None


def test_a_silence_opens_a_gap_once_at_the_last_sign_of_life() -> None:
    source = Followed()

    assert [source.silent(second) for second in (4, 5.2, 6, 60)] == [
        None,
        Gap(BEGAN, Cause.SILENCE),
        None,
        None,
    ]


def test_a_cut_is_a_gap_only_if_it_lasts() -> None:
    source = Followed()
    assert source.cut(0) is None
    assert source.silent(3) is None
    assert source.active(4) is None
    assert source.cut(4, Cause.REFUSED) is None

    assert source.silent(10) == Gap(at(4), Cause.REFUSED)


def test_a_cut_counts_from_when_it_happened_and_its_gap_from_the_last_sign_of_life() -> None:
    source = Followed()
    assert source.cut(20) is None

    assert source.silent(25) is None
    assert source.tracker.covered_until == BEGAN
    assert source.silent(25.1) == Gap(BEGAN, Cause.CUT)


def test_the_cause_of_a_cut_is_the_last_one_before_it_is_a_gap() -> None:
    source = Followed()
    source.cut(0)
    source.cut(3, Cause.REFUSED)

    assert source.cut(6, Cause.CUT) == Gap(BEGAN, Cause.REFUSED)


def test_a_gap_is_healed_by_the_first_event_that_was_sent_after_we_connected_again() -> None:
    source = Followed()
    source.silent(6)
    assert source.active(20) is None

    for second in (0.5, 7, 12, 12, 19.9):
        assert source.event(20, sent_s=second) is None

    healed = Gap(BEGAN, Cause.SILENCE, State.HEALED, ended_at=at(20), events=5)
    assert source.event(21, sent_s=20) == healed
    assert source.event(21, sent_s=21) is None
    assert source.tracker.gap is None


def test_an_event_that_a_filter_dropped_heals_too_and_is_not_counted() -> None:
    source = Followed()
    source.silent(6)
    assert source.active(20, sent_s=3) is None

    assert source.active(20, sent_s=20) == Gap(BEGAN, Cause.SILENCE, State.HEALED, at(20))


def test_a_gap_that_opens_again_before_it_is_healed_is_the_same_gap() -> None:
    source = Followed()
    source.silent(6)
    source.active(20)
    assert source.event(20, sent_s=1) is None
    source.cut(20)
    assert source.silent(40) is None
    source.active(50)

    assert source.event(50, sent_s=49) is None
    assert source.event(51, sent_s=51) == Gap(
        BEGAN, Cause.SILENCE, State.HEALED, ended_at=at(50), events=2
    )


def test_a_second_silence_in_a_gap_moves_its_end() -> None:
    source = Followed()
    source.silent(6)
    source.active(20)
    source.silent(40)
    source.active(50)

    assert source.event(51, sent_s=49) is None
    assert source.event(51, sent_s=50) == Gap(
        BEGAN, Cause.SILENCE, State.HEALED, ended_at=at(50), events=1
    )


def test_a_gap_that_was_noticed_only_when_it_was_over_is_reported_all_the_same() -> None:
    source = Followed()
    source.cut(0)

    assert source.active(30) == Gap(BEGAN, Cause.CUT)
    assert source.active(30, sent_s=30) == Gap(BEGAN, Cause.CUT, State.HEALED, ended_at=at(30))


def test_that_we_were_stopped_remains_the_cause_until_we_connect() -> None:
    source = Followed(is_resumed=True, is_connected=False)
    source.cut(1)

    assert source.silent(100) == Gap(BEGAN, Cause.STOPPED)


def test_a_first_start_that_cannot_connect_is_a_cut() -> None:
    source = Followed(is_connected=False)

    assert source.silent(5) is None
    assert source.silent(5.1) == Gap(BEGAN, Cause.CUT)


def test_a_gap_of_an_earlier_run_continues() -> None:
    source = Followed(gap=Gap(at(-60), Cause.CUT, events=3), is_resumed=True, is_connected=False)

    assert source.silent(100) is None
    assert source.active(101) is None
    assert source.event(101, sent_s=50) is None
    assert source.event(101, sent_s=101) == Gap(
        at(-60), Cause.CUT, State.HEALED, ended_at=at(101), events=4
    )


def test_a_source_that_resumes_later_than_asked_has_lost_the_gap() -> None:
    source = Followed()
    assert source.truncated(1) is None
    source.silent(6)
    source.active(20)

    assert source.truncated(20.5) == Gap(BEGAN, Cause.CLAMPED, State.LOST, ended_at=at(20.5))
    assert source.tracker.gap is None


def test_what_was_sent_since_a_known_time_is_lost_also_where_no_gap_is_open() -> None:
    source = Followed()

    lost = source.after(lambda: source.tracker.on_truncated(at(3), since=at(1)))

    assert lost == Gap(at(1), Cause.CLAMPED, State.LOST, ended_at=at(3))


def test_what_was_covered_before_a_restart_is_not_lost_by_a_truncation_after_it() -> None:
    reported: list[Gap] = []
    tracker = GapTracker(reported.append, at(101), last_active_at=at(100), shortest_gap_s=5)
    tracker.on_started([""], is_resumed=True)
    tracker.on_connected(at(102), Backlog.FIRST)

    tracker.on_truncated(at(103), since=at(10))

    assert reported == [Gap(at(100), Cause.CLAMPED, State.LOST, ended_at=at(103))]


def test_a_cut_that_is_noticed_after_a_sleep_counts_from_the_last_sign_of_life() -> None:
    source = Followed()

    assert source.cut(3600) == Gap(BEGAN, Cause.CUT)
    lost = source.after(lambda: source.tracker.on_connected(at(3601), Backlog.LOST))

    assert lost == Gap(BEGAN, Cause.CUT, State.LOST, at(3601))


def test_a_source_that_has_caught_up_has_healed_the_gap_once_it_is_connected() -> None:
    source = Followed()
    source.cut(0)
    source.silent(6)
    assert source.after(source.tracker.on_caught_up) is None
    source.active(20)

    assert source.after(source.tracker.on_caught_up) == Gap(BEGAN, Cause.CUT, State.HEALED, at(20))


def test_where_nothing_missed_will_come_a_gap_is_lost_as_soon_as_we_connect() -> None:
    source = Followed()
    source.cut(0)
    source.silent(6)

    lost = source.after(lambda: source.tracker.on_connected(at(8), Backlog.LOST))

    assert lost == Gap(BEGAN, Cause.CUT, State.LOST, at(8))


def test_where_nothing_missed_will_come_a_gap_that_was_noticed_late_opens_and_is_lost() -> None:
    reported: list[Gap] = []
    tracker = GapTracker(reported.append, at(100), last_active_at=at(0), shortest_gap_s=5)
    tracker.on_started([""], is_resumed=True)

    tracker.on_connected(at(101), Backlog.LOST)

    assert reported == [
        Gap(BEGAN, Cause.STOPPED),
        Gap(BEGAN, Cause.STOPPED, State.LOST, ended_at=at(101)),
    ]


def test_a_source_that_never_connects_has_no_gaps_and_is_covered_until_its_last_signal() -> None:
    reported: list[Gap] = []
    tracker = GapTracker(reported.append, at(100), last_active_at=at(0), shortest_gap_s=5)
    tracker.check_silence(at(101))
    tracker.on_quiet(at(102))
    assert tracker.covered_until == at(102)
    tracker.on_event(Item(Event(b"", "x", received_at=at(103)), {}))

    assert tracker.covered_until == at(103)
    assert reported == []
