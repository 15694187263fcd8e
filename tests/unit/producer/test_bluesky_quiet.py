"""Hosts of Jetstream on which nothing is written: quiet is heard, silence is not."""

from contextlib import closing
from typing import Any

from bluesky_payloads import messages
from bluesky_source import events_in, gaps_in, source_of, taken
from stand_ins.jetstream import (
    Connection,
    Cut,
    Firehose,
    GoDumb,
    Hold,
    Jetstream,
    Messages,
    Miss,
    Refuse,
)
from tracked import UNHEARD, Received

from tidemark.contracts.coverage import Cause, Gap, State

SILENT_S = 0.6


def test_a_quiet_host_that_answers_pings_is_heard() -> None:
    script: list[Connection] = [[Messages(4), Hold(4 * SILENT_S), Messages(4), Hold()]]
    with (
        Jetstream(Firehose(messages(8)), script=script) as host,
        closing(source_of(host, silent_s=SILENT_S, shortest_gap_s=0.2)) as source,
    ):
        received = source.events(None)
        found: list[Received] = []
        while len(events_in(found)) < 8:
            found.append(next(received))

    assert gaps_in(found) == []
    assert UNHEARD not in found
    assert len(host.asked) == 1


def test_a_host_that_does_not_even_answer_pings_is_given_up_for_the_next() -> None:
    firehose = Firehose(messages(8))
    with (
        Jetstream(firehose, script=[[Messages(4), GoDumb(), Hold()]]) as dumb,
        Jetstream(firehose) as other,
        closing(source_of(dumb, other, silent_s=SILENT_S, shortest_gap_s=0.3)) as source,
    ):
        found = taken(source, lambda found: len(events_in(found)) == 8)

    (opened,) = gaps_in(found)
    assert opened == Gap(events_in(found)[3].received_at, Cause.SILENCE)
    assert (len(dumb.asked), len(other.asked)) == (1, 1)


def test_a_host_that_was_never_quiet_and_answers_pings_alone_is_given_up_for_the_next() -> None:
    """It has forgotten the connection: Jetstream is known to."""
    firehose = Firehose(messages(88))
    steady = [action for _ in range(80) for action in (Messages(1), Hold(SILENT_S / 20))]
    with (
        Jetstream(firehose, script=[[*steady, Hold()]]) as host,
        Jetstream(firehose) as other,
        closing(source_of(host, other, silent_s=SILENT_S, shortest_gap_s=0.3)) as source,
    ):
        found = taken(source, lambda found: len(events_in(found)) == 88)

    (opened,) = gaps_in(found)
    assert opened == Gap(events_in(found)[79].received_at, Cause.SILENCE)
    assert (len(host.asked), len(other.asked)) == (1, 1)


def test_a_quiet_connection_is_replaced_now_and_then_so_that_one_that_was_forgotten_loses_nothing() -> (
    None
):
    sent = messages(8)
    with (
        Jetstream(Firehose(sent), script=[[Messages(4), Miss(3), Hold()]]) as host,
        closing(source_of(host, silent_s=SILENT_S, shortest_gap_s=0.3, renew_s=1.0)) as source,
    ):
        found = taken(source, lambda found: len(events_in(found)) == 8)

    assert [event.value for event in events_in(found)] == sent
    assert gaps_in(found) == []
    assert len(host.asked) == 2


def outage_of(*after: Any) -> list[Gap]:
    """The gap of a cut, and what becomes of it on the connection after it."""
    script: list[Connection] = [
        [Messages(4), Cut()],
        Refuse(503, headers={"Retry-After": "1"}),
        [*after, Hold()],
    ]
    with (
        Jetstream(Firehose(messages(4)), script=script) as host,
        closing(source_of(host, silent_s=SILENT_S, shortest_gap_s=0.2)) as source,
    ):
        return gaps_in(taken(source, lambda found: len(gaps_in(found)) == 2))


def test_a_gap_is_healed_where_the_host_has_nothing_that_was_missed() -> None:
    opened, closed = outage_of(
        Messages(4)
    )  # again, as we ask for what came five seconds before the cut

    assert opened.state is State.OPEN
    assert (closed.began_at, closed.state) == (opened.began_at, State.HEALED)
    assert closed.ended_at is not None
    assert closed.ended_at - opened.began_at >= 900_000


def test_a_gap_is_lost_where_the_host_has_not_even_kept_what_we_have() -> None:
    opened, closed = outage_of()

    assert opened.state is State.OPEN
    assert (closed.began_at, closed.state, closed.why) == (
        opened.began_at,
        State.LOST,
        Cause.CLAMPED,
    )
