"""Silence, breaks and pauses: what is told of them, over real HTTP."""

import threading
from contextlib import closing
from functools import partial
from urllib.parse import urlsplit

from stand_ins.event_streams import (
    Changes,
    Connection,
    EventStreams,
    Forget,
    GoDumb,
    Missed,
    Payload,
    Refuse,
    Say,
    Wait,
    made_up_change,
)
from stand_ins.x_api_script import Cut, Hold
from wikimedia_source import (
    CHANGES,
    EVERY_ID,
    SHORTEST_GAP_S,
    ids,
    is_closed,
    received_of,
    source_of,
    told_events,
    told_gaps,
    until,
)

from tidemark.contracts.coverage import Cause, Gap, State


def test_a_silence_is_a_gap_and_healed_when_changes_come_again() -> None:
    """Of a stream that was never quiet."""
    steady = [action for _ in range(90) for action in (Changes(1), Wait(0.05))]
    script: list[Connection] = [
        [*steady, Wait(3 * SHORTEST_GAP_S), Changes(5), Wait(0.1), Changes(5), Hold()]
    ]
    changes: list[Payload] = [partial(made_up_change, number) for number in range(100)]
    with (
        EventStreams(changes, script=script) as streams,
        closing(source_of(streams, silent_s=2)) as source,
    ):
        found = until(
            received_of(source), lambda found: is_closed(found) and len(ids(found)) == 100
        )

    opened, healed = told_gaps(found)
    last_before = told_events(found)[89][0]
    assert opened == Gap(last_before.received_at, Cause.SILENCE)
    assert (healed.began_at, healed.why, healed.state) == (
        opened.began_at,
        Cause.SILENCE,
        State.HEALED,
    )
    assert healed.ended_at is not None
    assert healed.ended_at >= opened.began_at + SHORTEST_GAP_S * 1_000_000
    assert len(streams.asked) == 1


def test_a_connection_on_which_nothing_comes_any_more_is_given_up_and_what_was_missed_comes() -> (
    None
):
    script: list[Connection] = [
        [Changes(2), Missed(3), GoDumb(), Hold(silent=True)],
        [Wait(0.1), Changes(), Hold()],
    ]
    with (
        EventStreams(CHANGES, script=script) as streams,
        closing(source_of(streams, silent_s=2 * SHORTEST_GAP_S)) as source,
    ):
        found = until(received_of(source), lambda found: is_closed(found) and len(ids(found)) == 12)

    opened, healed = told_gaps(found)
    assert (opened.why, opened.state) == (Cause.SILENCE, State.OPEN)
    assert (healed.began_at, healed.state, healed.events) == (opened.began_at, State.HEALED, 3)
    assert ids(found) == EVERY_ID


def test_a_network_that_is_away_is_a_gap_until_it_is_back() -> None:
    with EventStreams() as gone:
        pass
    with closing(source_of(gone)) as source:
        received = received_of(source)
        opened = until(received, lambda found: len(found) == 1)
        began_ms = told_gaps(opened)[0].began_at // 1000 + 1
        streams = EventStreams(
            CHANGES[3:], script=[[Wait(0.1), Changes(), Hold()]], port=urlsplit(gone.url).port or 0
        )
        streams.log += [(began_ms, made_up_change(number, began_ms)) for number in range(3)]
        with streams:
            found = until(received, lambda found: is_closed(found) and len(ids(found)) == 12)

    assert told_gaps(opened)[0].why is Cause.CUT
    assert [(gap.state, gap.events) for gap in told_gaps(opened + found)] == [
        (State.OPEN, 0),
        (State.HEALED, 3),
    ]
    assert ids(found) == EVERY_ID


def test_what_the_source_no_longer_keeps_is_told_to_be_lost() -> None:
    script: list[Connection] = [
        [Changes(2), Missed(3), Forget(), Cut()],
        Refuse(503, headers={"Retry-After": "1"}),
        [Changes(), Hold()],
    ]
    with EventStreams(CHANGES, script=script) as streams, closing(source_of(streams)) as source:
        found = until(received_of(source), lambda found: is_closed(found) and len(ids(found)) == 9)

    opened, lost = told_gaps(found)
    assert (lost.began_at, lost.why, lost.state, lost.events) == (
        opened.began_at,
        Cause.CLAMPED,
        State.LOST,
        0,
    )
    assert lost.ended_at is not None
    assert lost.ended_at > opened.began_at
    assert ids(found) == EVERY_ID[:2] + EVERY_ID[7 - 2 :]


def test_not_having_run_is_a_gap_that_going_on_heals() -> None:
    with EventStreams(
        CHANGES, script=[[Changes(4), Missed(3), Hold()], [Wait(0.1), Changes(), Hold()]]
    ) as streams:
        with closing(source_of(streams)) as source:
            first = until(received_of(source), lambda found: len(found) == 4)
        threading.Event().wait(1.5 * SHORTEST_GAP_S)
        with closing(source_of(streams)) as source:
            rest = until(
                received_of(source, after=first[-1][1]),
                lambda found: is_closed(found) and len(ids(found)) == 8,
            )

    opened, healed = told_gaps(rest)
    assert opened == Gap(first[-1][0].received_at, Cause.STOPPED)
    assert (healed.began_at, healed.why, healed.state) == (
        opened.began_at,
        Cause.STOPPED,
        State.HEALED,
    )
    assert healed.events == 3
    assert ids(first + rest) == EVERY_ID


def test_a_gap_that_is_open_when_we_stop_is_the_same_gap_in_the_next_run() -> None:
    script: list[Connection] = [
        [Changes(2), Missed(3), Cut()],
        Refuse(503, headers={"Retry-After": "1"}),
    ]
    with EventStreams(
        CHANGES, script=[*script, [Hold()], [Wait(0.1), Changes(), Hold()]]
    ) as streams:
        with closing(source_of(streams)) as source:
            first = until(received_of(source), lambda found: len(ids(found)) == 4)
        with closing(source_of(streams)) as source:
            rest = until(
                received_of(source, after=first[-1][1]),
                lambda found: is_closed(found) and len(ids(found)) == 8,
            )

    [opened], [healed] = told_gaps(first), told_gaps(rest)
    assert (healed.began_at, healed.why, healed.state, healed.events) == (
        opened.began_at,
        Cause.REFUSED,
        State.HEALED,
        3,
    )
    assert ids(first + rest) == EVERY_ID


def test_while_we_do_not_listen_is_no_gap_of_the_source() -> None:
    at_once = Say(b"".join(b'data: {"number":%d}\n\n' % number for number in range(1_100)))
    script: list[Connection] = [[at_once, GoDumb(), Hold(silent=True)]]
    with EventStreams(script=script) as streams, closing(source_of(streams, silent_s=1)) as source:
        received = received_of(source)
        first = until(received, lambda found: len(found) == 1)
        threading.Event().wait(2 * SHORTEST_GAP_S)
        rest = until(received, lambda found: len(told_gaps(found)) == 1)

    assert len(told_events(first + rest)) == 1_100
    assert told_gaps(rest)[0].began_at > first[0][0].received_at + SHORTEST_GAP_S * 1_000_000
