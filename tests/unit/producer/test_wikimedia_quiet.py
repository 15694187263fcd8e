"""A small EventStreams on which little is written, and nothing sent meanwhile: quiet is heard,
silence is not."""

import logging
from contextlib import closing
from typing import Any

import pytest
from stand_ins.event_streams import (
    Changes,
    Connection,
    EventStreams,
    Forget,
    GoDumb,
    Missed,
    Refuse,
    Wait,
)
from stand_ins.x_api_script import Cut, Hold
from tracked import UNHEARD, Received
from wikimedia_source import (
    CHANGES,
    EVERY_ID,
    ids,
    is_closed,
    received_of,
    source_of,
    told_events,
    told_gaps,
    until,
)

from tidemark.contracts.coverage import Cause, Gap, State

SILENT_S = 0.6


def test_a_quiet_stream_whose_server_answers_beside_it_is_heard() -> None:
    script: list[Connection] = [[Changes(4), Wait(5 * SILENT_S), Changes(8), Hold(silent=True)]]
    with (
        EventStreams(CHANGES, script=script) as streams,
        closing(source_of(streams, silent_s=SILENT_S)) as source,
    ):
        received = source.events(None)
        before: list[Received] = [None]
        while not told_events(before):
            before.append(next(received))
        found: list[Received] = []
        while len(ids(found)) < 11:
            found.append(next(received))

    assert told_gaps(before + found) == []
    assert UNHEARD not in found
    assert len(streams.asked) == 1
    assert streams.knocks > 2


def test_a_stream_whose_server_answers_nobody_is_given_up() -> None:
    script: list[Connection] = [
        [Changes(4), GoDumb(), Hold(silent=True)],
        [Wait(0.1), Changes(), Hold()],
    ]
    with (
        EventStreams(CHANGES, script=script) as streams,
        closing(source_of(streams, silent_s=SILENT_S)) as source,
    ):
        found = until(received_of(source), lambda found: is_closed(found) and len(ids(found)) == 12)

    opened, healed = told_gaps(found)
    assert opened == Gap(told_events(found)[3][0].received_at, Cause.SILENCE)
    assert healed.state is State.HEALED
    assert len(streams.asked) == 2


def test_a_quiet_connection_is_replaced_now_and_then_so_that_one_that_was_forgotten_loses_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    script: list[Connection] = [
        [Changes(4), Missed(3), Hold(silent=True)],
        [Changes(5), Hold(silent=True)],
    ]
    with (
        EventStreams(CHANGES, script=script) as streams,
        closing(source_of(streams, silent_s=SILENT_S, renew_s=1)) as source,
    ):
        found = until(received_of(source), lambda found: len(ids(found)) == 12)

    assert ids(found) == EVERY_ID
    assert told_gaps(found) == []
    assert "reconnecting" not in caplog.text
    assert len(streams.asked) == 2


def outage_of(*before_the_cut: Any) -> list[Gap]:
    """The gap of a cut, and what becomes of it on the quiet connection after it."""
    refusal = Refuse(503, headers={"Retry-After": "1"})
    script: list[Connection] = [[Changes(4), *before_the_cut, Cut()], refusal, [Hold(silent=True)]]
    with (
        EventStreams(CHANGES, script=script) as streams,
        closing(source_of(streams, silent_s=SILENT_S)) as source,
    ):
        return told_gaps(until(received_of(source), lambda found: len(told_gaps(found)) == 2))


def test_a_gap_is_healed_where_the_server_has_nothing_that_was_missed() -> None:
    opened, closed = outage_of()

    assert opened.state is State.OPEN
    assert (closed.began_at, closed.state) == (opened.began_at, State.HEALED)
    assert closed.ended_at is not None
    assert closed.ended_at - opened.began_at >= 900_000


def test_a_gap_is_lost_where_the_server_has_not_even_kept_what_we_have() -> None:
    opened, closed = outage_of(Forget())

    assert opened.state is State.OPEN
    assert (closed.began_at, closed.state, closed.why) == (
        opened.began_at,
        State.LOST,
        Cause.CLAMPED,
    )
