"""Refusals, waits and letting go, over real HTTP."""

import itertools
import threading
import time
from contextlib import closing
from functools import partial

import pytest
from stand_ins.event_streams import (
    Asked,
    Changes,
    Connection,
    EventStreams,
    Missed,
    Refuse,
    Wait,
    made_up_change,
)
from stand_ins.x_api_script import Close, Cut, Hold
from tracked import UNHEARD, Tracked
from wikimedia_source import (
    CHANGES,
    EVERY_ID,
    PATIENCE_S,
    SHORTEST_GAP_S,
    events_of,
    ids,
    is_closed,
    received_of,
    source_of,
    told_gaps,
    until,
)

from producer.clock import SystemClock
from producer.sources.wikimedia.source import Wikimedia
from producer.transport.backoff import Backoff
from tidemark.contracts.coverage import Cause, State
from tidemark.errors import SettingsError, SourceError
from tidemark.settings import Settings, WikimediaSettings


@pytest.mark.parametrize("status", [429, 503, 500, 408])
def test_a_refusal_for_now_is_waited_out_as_long_as_it_asks(status: int) -> None:
    script: list[Connection] = [
        [Changes(2), Missed(3), Cut()],
        Refuse(status, headers={"Retry-After": "1"}),
        [Wait(0.1), Changes(), Hold()],
    ]
    with EventStreams(CHANGES, script=script) as streams, closing(source_of(streams)) as source:
        found = until(received_of(source), lambda found: is_closed(found) and len(ids(found)) == 12)

    opened, healed = told_gaps(found)
    assert (opened.why, healed.state, healed.events) == (Cause.REFUSED, State.HEALED, 3)
    assert streams.asked[2].at_s - streams.asked[1].at_s >= 1
    assert ids(found) == EVERY_ID


def test_an_answer_that_is_no_stream_is_a_refusal_for_now() -> None:
    script: list[Connection] = [
        Refuse(200, "<html>Please sign in to this network"),
        [Changes(), Hold()],
    ]
    with EventStreams(CHANGES, script=script) as streams, closing(source_of(streams)) as source:
        assert [event.event_id for event in events_of(source, 12)] == EVERY_ID


def ended_by(source: Tracked) -> str:
    with pytest.raises(SourceError) as error:
        list(received_of(source))
    return str(error.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "check TIDEMARK_WIKIMEDIA__CONTACT (403; Wikimedia says: no <b>robots</b>)"),
        (404, "check TIDEMARK_WIKIMEDIA__URL (404; Wikimedia says: no <b>robots</b>)"),
        (400, "cursors/wikimedia.json"),
        (410, "(410; Wikimedia says: no <b>robots</b>)"),
    ],
)
def test_it_stops_for_good_where_trying_again_cannot_help(status: int, words: str) -> None:
    with (
        EventStreams(script=[Refuse(status, "no\n<b>robots</b>")]) as streams,
        closing(source_of(streams)) as source,
    ):
        message = ended_by(source)

    assert words in message
    assert "\n" not in message
    assert len(streams.asked) == 1


@pytest.mark.parametrize("contact", [None, "", "  "])
def test_without_a_contact_it_says_which_setting(contact: str | None) -> None:
    with pytest.raises(SettingsError, match="TIDEMARK_WIKIMEDIA__CONTACT is not set"):
        Wikimedia.from_settings(
            Settings(wikimedia=WikimediaSettings(contact=contact)), SystemClock()
        )


@pytest.mark.parametrize("contact", ["me@example.org\r\nHost: x", "mé@example.org"])
def test_a_contact_that_is_none_is_refused(contact: str) -> None:
    with pytest.raises(SettingsError, match="TIDEMARK_WIKIMEDIA__CONTACT is "):
        Wikimedia(WikimediaSettings(contact=contact), SystemClock())


def test_a_server_that_ends_each_connection_at_once_is_not_called_again_at_once() -> None:
    with (
        EventStreams(CHANGES, script=[[Close()], [Close()], [Close()]]) as streams,
        closing(source_of(streams, retry_s=0.2)) as source,
    ):
        events_of(source, 12)

    assert all(gap >= 0.2 for gap in pauses(streams.asked))


@pytest.mark.parametrize(("healthy_s", "resets"), [(0.2, 1), (30, 0)])
def test_only_a_connection_that_was_well_for_a_while_makes_the_waits_short_again(
    healthy_s: float, resets: int
) -> None:
    counted = []

    class Counting(Backoff):
        def reset(self) -> None:
            counted.append(1)

    with EventStreams(CHANGES, script=[[Close()], [Changes(1), Wait(0.4), Close()]]) as streams:
        settings = WikimediaSettings(contact="someone@example.org", url=streams.url)
        source = Tracked(
            Wikimedia(settings, SystemClock(), backoff=Counting(0.01, 0.01), healthy_s=healthy_s)
        )
        with closing(source):
            events_of(source, 12)

    assert len(counted) == resets


def test_an_address_that_is_none_ends_it() -> None:
    settings = WikimediaSettings(contact="a@b.org", url="http://:80")
    with closing(Tracked(Wikimedia(settings, SystemClock()))) as source:
        assert "TIDEMARK_WIKIMEDIA__URL is no address" in ended_by(source)


def pauses(asked: list[Asked]) -> list[float]:
    return [after.at_s - before.at_s for before, after in itertools.pairwise(asked)]


@pytest.mark.parametrize(
    "script",
    [
        [[Changes(1), Hold()]],
        [[Changes(1), Hold(silent=True)]],
        [[Changes(1), Close()], Refuse(503)],
        [[Changes(1), Close()], Refuse(429, headers={"Retry-After": "60"})],
    ],
    ids=[
        "while it is quiet",
        "while nothing comes at all",
        "in a wait of ours",
        "in a wait that was asked for",
    ],
)
def test_it_lets_go_within_a_second_whatever_it_does(script: list[Connection]) -> None:
    with (
        EventStreams(CHANGES, script=script) as streams,
        closing(source_of(streams, retry_s=0.1 if len(script) == 2 else 30)) as source,
    ):
        ticks = source.events(None)
        until((told for told in ticks if isinstance(told, tuple)), lambda found: len(found) == 1)
        while len(streams.asked) < len(script):
            next(ticks)
        before_s = time.monotonic()

        source.close()

        assert time.monotonic() - before_s < 2
        assert streams.streaming.acquire(timeout=PATIENCE_S)
        streams.streaming.release()


def test_a_server_that_takes_the_call_and_says_nothing_does_not_keep_it_from_closing() -> None:
    streams = EventStreams(CHANGES)  # bound, and not yet answering
    with closing(source_of(streams)) as source:
        received = source.events(None)
        next(received)
        assert next(received) is UNHEARD
        before_s = time.monotonic()

        source.close()

        assert time.monotonic() - before_s < 2
    with streams:
        pass


def test_a_full_queue_holds_wikimedia_back_and_loses_nothing() -> None:
    changes = [partial(made_up_change, number) for number in range(5_000)]
    with EventStreams(changes) as streams, closing(source_of(streams)) as source:
        received = received_of(source)
        first = until(received, lambda found: len(found) == 1)
        threading.Event().wait(2 * SHORTEST_GAP_S)  # as a loop that waits for Kafka
        rest = until(received, lambda found: len(found) == 4_999)

    assert ids(first + rest) == [f"wm:change-{number}" for number in range(5_000)]
