from producer.sources.mastodon.outage import Outage
from tidemark.contracts.coverage import Gap, State, Why

S = 1_000_000


def outage(*timelines: str, heard_at: int = 100 * S, gap: Gap | None = None) -> Outage:
    return Outage(list(timelines or ["public"]), heard_at, shortest_gap_s=5, gap=gap)


def test_a_cut_opens_after_five_seconds_and_begins_when_it_was_last_heard() -> None:
    lately = outage()
    lately.heard("public", 110 * S)
    lately.broke("public", 120 * S, Why.CUT)

    assert lately.to_tell(125 * S) is None
    assert lately.complete_until(125 * S) == 110 * S
    assert lately.to_tell(125 * S + 1) == Gap(110 * S, Why.CUT)
    assert lately.to_tell(126 * S) is None
    assert lately.told == Gap(110 * S, Why.CUT)


def test_a_silence_opens_at_once_because_nothing_was_heard_for_long() -> None:
    lately = outage()
    lately.broke("public", 135 * S, Why.SILENCE)

    assert lately.to_tell(135 * S) == Gap(100 * S, Why.SILENCE)


def test_mended_in_time_it_was_no_gap_unless_something_was_lost() -> None:
    for lost in (False, True):
        lately = outage()
        lately.broke("public", 101 * S, Why.CUT)
        lately.opened("public", 102 * S)
        lately.mended("public", lost=lost)

        assert lately.to_tell(103 * S) == (
            Gap(100 * S, Why.CUT, State.LOST, 102 * S) if lost else None
        )
        assert lately.complete_until(103 * S) == 103 * S


def test_it_ends_when_it_was_heard_again_though_it_is_told_when_the_last_has_caught_up() -> None:
    lately = outage("#a", "#b")
    lately.broke("#a", 100 * S, Why.REFUSED)
    lately.broke("#b", 104 * S, Why.CUT)
    assert lately.to_tell(106 * S) == Gap(100 * S, Why.REFUSED)
    lately.opened("#a", 107 * S)
    lately.took()
    lately.mended("#a", lost=False)
    assert lately.to_tell(108 * S) is None
    lately.opened("#b", 109 * S)
    lately.took()
    lately.heard("#a", 119 * S)
    lately.mended("#b", lost=False)

    assert lately.to_tell(120 * S) == Gap(100 * S, Why.REFUSED, State.HEALED, 109 * S, events=2)
    assert lately.to_tell(121 * S) is None
    assert lately.told is None


def test_cut_again_while_it_catches_up_it_is_the_same_gap() -> None:
    lately = outage()
    lately.broke("public", 100 * S, Why.CUT)
    assert lately.to_tell(106 * S) is not None
    lately.opened("public", 107 * S)
    lately.broke("public", 108 * S, Why.SILENCE)

    assert lately.to_tell(120 * S) is None
    lately.opened("public", 121 * S)
    lately.mended("public", lost=False)
    assert lately.to_tell(122 * S) == Gap(100 * S, Why.CUT, State.HEALED, 121 * S)


def test_a_gap_of_the_run_before_goes_on_and_is_not_told_anew() -> None:
    before = Gap(90 * S, Why.CUT, events=7)
    lately = outage(gap=before)
    lately.broke("public", 200 * S, Why.STOPPED)

    assert lately.to_tell(200 * S) is None
    lately.opened("public", 201 * S)
    lately.took()
    lately.mended("public", lost=False)
    assert lately.to_tell(202 * S) == Gap(90 * S, Why.CUT, State.HEALED, 201 * S, events=8)
