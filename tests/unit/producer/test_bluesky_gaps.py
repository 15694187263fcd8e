"""How the source of Bluesky goes on after a cut, a silence, a refusal or a restart, and which gaps
it tells."""

from contextlib import ExitStack, closing
from typing import Any

import pytest
from bluesky_payloads import messages
from bluesky_source import cursor_after, events_from, events_in, gaps_in, now_us, source_of, taken
from stand_ins.jetstream import (
    Close,
    Connection,
    Cut,
    Firehose,
    Hold,
    Jetstream,
    Messages,
    Miss,
    Refuse,
)

from tidemark.contracts.coverage import Cause, Gap, State
from tidemark.errors import SourceError

REWIND_US = 5_000_000


ENDINGS: dict[str, list[Any]] = {
    "closed": [Close()],
    "cut": [Cut()],
    "held, then cut": [Hold(0.3), Cut()],
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_cut_off_it_goes_on_at_the_next_host_and_nothing_is_lost_or_doubled(
    ending: list[Any],
) -> None:
    sent = messages(60)
    firehose = Firehose(sent)
    first: list[Connection] = [[Messages(20), *ending]]
    second: list[Connection] = [[Miss(10), Messages(25), *ending]]
    with (
        Jetstream(firehose, script=first) as one,
        Jetstream(firehose, script=second) as other,
        closing(source_of(one, other)) as source,
    ):
        found = taken(source, lambda found: len(events_in(found)) >= len(sent))

    assert sorted(event.value for event in events_in(found)) == sorted(sent)
    assert gaps_in(found) == []
    assert len(one.asked) == 2
    assert len(other.asked) == 1


def test_it_goes_on_five_seconds_before_the_latest_time_whatever_the_order_of_times() -> None:
    early, late = messages(2, step_us=700_000)
    with (
        Jetstream(Firehose([late, early]), script=[[Messages(2), Close()]]) as host,
        closing(source_of(host)) as source,
    ):
        taken(source, lambda found: len(host.asked) == 2)

    latest_us = 1_772_368_496_789_123 + 700_000
    assert host.cursors() == [None, latest_us - REWIND_US]


def test_left_and_taken_up_again_it_rewinds_and_gives_again_nothing_that_it_gave() -> None:
    sent = messages(400)
    firehose = Firehose(sent)
    with Jetstream(firehose, script=[[Messages(300), Hold()]]) as host:
        with closing(source_of(host)) as source:
            first = taken(source, lambda found: len(found) == 250)
        cursor = cursor_after(first)
        with closing(source_of(host)) as source:
            rest = events_from(source, 150, cursor)

    assert [event.value for event in events_in(first) + rest] == sent
    assert host.cursors()[1] == int(cursor["time_us"]) - REWIND_US


def test_an_outage_is_a_gap_that_is_healed_when_what_was_missed_has_come() -> None:
    past = messages(10, first_us=now_us() - 1_000_000)
    missed = messages(5, first_us=now_us() + 1_000, step_us=1_000, authors=2)
    later = messages(3, first_us=now_us() + 3_600_000_000, authors=3)
    script: list[Connection] = [
        [Messages(10), Cut()],
        *[Refuse(503)] * 30,
        [Miss(5), Messages(), Hold()],
    ]
    with (
        Jetstream(Firehose([*past, *missed, *later]), script=script) as host,
        closing(source_of(host, shortest_gap_s=0.2)) as source,
    ):
        found = taken(source, lambda found: len(events_in(found)) == 18)

    opened, closed = gaps_in(found)
    last_heard_at = events_in(found)[9].received_at
    heard_again_at = events_in(found)[10].received_at
    assert opened == Gap(last_heard_at, opened.why)
    assert opened.why in (Cause.CUT, Cause.REFUSED)
    # The first that come again are those of before the cut, and are left out: it was heard a moment
    # before.
    assert closed == Gap(
        last_heard_at, opened.why, State.HEALED, ended_at=closed.ended_at, events=5
    )
    assert closed.ended_at is not None
    assert last_heard_at < closed.ended_at <= heard_again_at
    assert found.index(opened) == 10
    assert found.index(closed) == 16


def test_a_host_that_goes_on_far_later_than_asked_has_lost_what_lies_between() -> None:
    past = messages(4, first_us=now_us() - 3_600_000_000)
    gone = messages(4, first_us=now_us() - 1_800_000_000, authors=2)
    kept_from_us = now_us() - 600_000_000
    kept = messages(4, first_us=kept_from_us, authors=3)
    firehose = Firehose([*past, *gone, *kept])
    script: list[Connection] = [[Messages(4), Cut()], [Miss(8), Messages(), Hold()]]
    with (
        Jetstream(firehose, script=script, oldest_us=kept_from_us) as host,
        closing(source_of(host)) as source,
    ):
        found = taken(source, lambda found: len(events_in(found)) == 8)

    assert [event.value for event in events_in(found)] == past + kept
    began_at = events_in(found)[3].received_at
    (lost,) = gaps_in(found)
    # It was never long unheard, so that nothing was told to be open.
    assert lost == Gap(began_at, Cause.CLAMPED, State.LOST, ended_at=max(kept_from_us, began_at))


def test_a_restart_is_a_gap_from_when_it_was_last_heard_and_one_that_was_open_stays_the_same() -> (
    None
):
    sent = messages(6, first_us=now_us() - 60_000_000, step_us=1_000)
    live = messages(1, first_us=now_us() + 60_000_000, authors=1)
    firehose = Firehose([*sent, *live])
    with Jetstream(firehose, script=[[Messages(3), Hold()], [Messages(4), Hold()]]) as host:
        with closing(source_of(host)) as source:
            found = taken(source, lambda found: len(found) == 3)
        cursor = cursor_after(found)
        stopped_at = int(cursor["heard_at"])
        cursor = {**cursor, "heard_at": stopped_at - 10_000_000}
        with closing(source_of(host)) as source:
            second = taken(source, lambda found: len(found) == 2, cursor)
        cursor = cursor_after(second)
        with closing(source_of(host)) as source:
            third = taken(source, lambda found: len(events_in(found)) == 3, cursor)

    assert second[0] == Gap(stopped_at - 10_000_000, Cause.STOPPED)
    (healed,) = gaps_in(third)
    assert (healed.began_at, healed.why, healed.state) == (
        stopped_at - 10_000_000,
        Cause.STOPPED,
        State.HEALED,
    )
    assert [event.value for event in events_in([*found, *second, *third])] == [*sent, *live]


def test_left_for_a_moment_only_there_is_no_gap() -> None:
    firehose = Firehose(messages(20))
    with Jetstream(firehose) as host:
        with closing(source_of(host)) as source:
            first = taken(source, lambda found: len(found) == 10)
        with closing(source_of(host)) as source:
            rest = taken(source, lambda found: len(found) == 10, cursor_after(first))

    assert gaps_in([*first, *rest]) == []


def test_quiet_for_less_is_no_gap() -> None:
    with (
        Jetstream(
            Firehose(messages(8)), script=[[Messages(4), Hold(0.6), Messages(4), Hold()]]
        ) as host,
        closing(source_of(host, shortest_gap_s=0.2)) as source,
    ):
        found = taken(source, lambda found: len(events_in(found)) == 8)

    assert gaps_in(found) == []


def test_a_network_that_is_away_at_first_is_waited_for_and_what_was_sent_since_is_asked_for() -> (
    None
):
    before_us = now_us()
    firehose = Firehose(messages(3, first_us=before_us + 30_000_000))
    with (
        Jetstream(firehose, script=[Refuse(502)] * 40) as host,
        closing(source_of(host, shortest_gap_s=0.2)) as source,
    ):
        found = taken(source, lambda found: len(events_in(found)) == 3)

    opened, healed = gaps_in(found)
    assert before_us <= opened.began_at
    assert (healed.began_at, healed.state) == (opened.began_at, State.HEALED)
    asked_us = host.cursors()[-1]
    assert asked_us is not None
    assert healed.ended_at is not None
    assert opened.began_at <= asked_us < healed.ended_at


def test_a_host_that_wants_to_be_left_alone_is() -> None:
    firehose = Firehose(messages(4))
    asks = Refuse(429, headers={"Retry-After": "60"})
    with ExitStack() as stack:
        busy = stack.enter_context(Jetstream(firehose, script=[asks]))
        other = stack.enter_context(Jetstream(firehose, script=[[Messages(1), Close()]] * 3))
        source = stack.enter_context(closing(source_of(busy, other)))
        events_from(source, 4)

    assert len(busy.asked) == 1
    assert len(other.asked) == 4


def test_it_stops_for_good_only_where_every_host_refuses_for_good() -> None:
    no = Refuse(400, "unknown collection")
    firehose = Firehose(messages(2))
    with (
        Jetstream(firehose, script=[no, no]) as one,
        Jetstream(firehose, script=[[Messages(2), Close()], no]) as other,
        closing(source_of(one, other)) as source,
        pytest.raises(
            SourceError, match=r"400 unknown collection.*TIDEMARK_BLUESKY__HOSTS"
        ) as error,
    ):
        taken(source, lambda found: False)

    assert str(error.value).count("unknown collection") == 2
    assert len(other.asked) == 2


def test_a_host_that_let_us_in_since_shows_that_it_is_not_us() -> None:
    no = Refuse(400, "unknown collection")
    firehose = Firehose(messages(4))
    with (
        Jetstream(firehose, script=[no, Refuse(503)]) as one,
        Jetstream(firehose, script=[[Messages(2), Close()], no]) as other,
        closing(source_of(one, other)) as source,
    ):
        assert len(events_from(source, 4)) == 4

    assert len(one.asked) == 3
    assert len(other.asked) == 2
