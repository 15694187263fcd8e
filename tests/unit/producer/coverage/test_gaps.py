from producer.coverage.gaps import Hearing
from tidemark.contracts.coverage import Gap, State, Why

S = 1_000_000
BEGAN = 1_790_000_000 * S


def at(second: float) -> int:
    return BEGAN + int(second * S)


def hearing(why: Why = Why.CUT, gap: Gap | None = None) -> Hearing:
    """Last heard at second 0."""
    return Hearing(at(0), why, gap=gap, shortest_gap_s=5)


def heard(why: Why = Why.CUT) -> Hearing:
    found = hearing(why)
    assert found.heard(at(0)) is None
    return found


def test_five_seconds_are_no_gap() -> None:
    listening = heard()

    assert listening.unheard(at(5)) is None
    assert listening.heard(at(5)) is None
    assert listening.unheard(at(9)) is None


def test_a_silence_opens_a_gap_once_where_it_was_last_heard() -> None:
    listening = heard()

    assert [listening.unheard(at(second)) for second in (4, 5.2, 6, 60)] == [
        None,
        Gap(BEGAN, Why.SILENCE),
        None,
        None,
    ]


def test_a_cut_is_a_gap_only_if_nothing_comes_for_long() -> None:
    listening = heard()
    listening.broke(Why.CUT)
    assert listening.unheard(at(3)) is None
    assert listening.heard(at(4)) is None
    listening.broke(Why.REFUSED)

    assert listening.unheard(at(10)) == Gap(at(4), Why.REFUSED)


def test_a_gap_is_healed_by_the_first_event_that_was_sent_after_we_heard_again() -> None:
    listening = heard()
    listening.unheard(at(6))
    assert listening.heard(at(20)) is None

    for second in (0.5, 7, 12, 12, 19.9):
        assert listening.sent(at(second)) is None
        listening.took()

    assert listening.sent(at(20)) == Gap(
        BEGAN, Why.SILENCE, State.HEALED, ended_at=at(20), events=5
    )
    assert listening.sent(at(21)) is None


def test_a_gap_that_opens_again_before_it_is_healed_is_the_same_gap() -> None:
    listening = heard()
    listening.unheard(at(6))
    listening.heard(at(20))
    listening.took()
    listening.broke(Why.CUT)
    assert listening.sent(at(20)) is None
    assert listening.unheard(at(40)) is None
    listening.heard(at(50))

    assert listening.sent(at(49)) is None
    assert listening.sent(at(51)) == Gap(
        BEGAN, Why.SILENCE, State.HEALED, ended_at=at(50), events=1
    )


def test_a_gap_that_was_noticed_only_when_it_was_over_is_told_all_the_same() -> None:
    listening = heard()
    listening.broke(Why.CUT)

    assert listening.heard(at(30)) == Gap(BEGAN, Why.CUT)
    assert listening.sent(at(30)) == Gap(BEGAN, Why.CUT, State.HEALED, ended_at=at(30))


def test_that_we_were_stopped_remains_the_reason_until_we_hear() -> None:
    listening = hearing(Why.STOPPED)
    listening.broke(Why.CUT)

    assert listening.unheard(at(100)) == Gap(BEGAN, Why.STOPPED)


def test_a_gap_of_an_earlier_run_goes_on() -> None:
    listening = hearing(Why.STOPPED, gap=Gap(at(-60), Why.CUT, events=3))

    assert listening.unheard(at(100)) is None
    listening.heard(at(101))
    listening.took()
    assert listening.sent(at(101)) == Gap(
        at(-60), Why.CUT, State.HEALED, ended_at=at(101), events=4
    )


def test_a_source_that_goes_on_later_than_asked_has_lost_the_gap() -> None:
    listening = heard()
    assert listening.clamped(at(1)) is None
    listening.unheard(at(6))
    listening.heard(at(20))

    assert listening.clamped(at(20.5)) == Gap(BEGAN, Why.CLAMPED, State.LOST, ended_at=at(20.5))
    assert listening.gap is None


def test_what_holds_us_back_is_no_gap_of_the_source() -> None:
    listening = heard()
    listening.held_back(at(30))

    assert listening.unheard(at(34)) is None
    assert listening.unheard(at(36)) == Gap(at(30), Why.SILENCE)
