"""The source against the stand-in for EventStreams, over real HTTP."""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from recordings import recorded_lines
from stand_ins.event_streams import (
    Action,
    Asked,
    Changes,
    Connection,
    EventStreams,
    Forget,
    Missed,
    Payload,
    Refuse,
    Say,
    Wait,
    made_up_change,
)
from stand_ins.x_api_script import Close, Cut, Hold

from producer.backoff import Backoff
from producer.clock import SystemClock
from producer.sources.base import UNHEARD, Cursor, Received
from producer.sources.wikimedia import Wikimedia
from tidemark.contracts.coverage import Gap, State, Why
from tidemark.contracts.events import Event
from tidemark.errors import SettingsError, SourceError
from tidemark.settings import Settings, WikimediaSettings

PATIENCE_S = 15
SHORTEST_GAP_S = 0.4
CHANGES: list[Payload] = [partial(made_up_change, number) for number in range(12)]
EVERY_ID = [f"wm:change-{number}" for number in range(12)]


def source_of(streams: EventStreams, *, retry_s: float = 0.01, silent_s: float = 5, **filters: Any) -> Wikimedia:
    return Wikimedia(
        WikimediaSettings(contact="someone@example.org", url=streams.url, **filters),
        SystemClock(),
        backoff=Backoff(retry_s, retry_s),
        shortest_gap_s=SHORTEST_GAP_S,
        silent_s=silent_s,
    )


def received_of(source: Wikimedia, after: Cursor | None = None) -> Iterator[tuple[Event, Cursor] | Gap]:
    deadline = time.monotonic() + PATIENCE_S
    for received in source.events(after):
        assert time.monotonic() < deadline, "it did not come in time"
        if isinstance(received, tuple | Gap):
            yield received


def until(received: Iterator[tuple[Event, Cursor] | Gap], enough: Callable[[list[Any]], bool]) -> list[Any]:
    """What comes until it is enough."""
    found: list[Any] = []
    while not enough(found):
        found.append(next(received))
    return found


def events_of(source: Wikimedia, count: int, after: Cursor | None = None) -> list[Event]:
    found = until(received_of(source, after), lambda found: len(told_events(found)) == count)
    return [event for event, _ in told_events(found)]


def told_events(found: Iterable[Received]) -> list[tuple[Event, Cursor]]:
    return [received for received in found if isinstance(received, tuple)]


def told_gaps(found: Iterable[Received]) -> list[Gap]:
    return [received for received in found if isinstance(received, Gap)]


def ids(found: Iterable[Received]) -> list[str | None]:
    return [event.event_id for event, _ in told_events(found)]


def is_closed(found: Iterable[Received]) -> bool:
    return any(gap.state is not State.OPEN for gap in told_gaps(found))


def test_changes_arrive_byte_for_byte_with_id_and_author() -> None:
    lines = [made_up_change(number, 1_790_000_000_123) for number in range(12)]
    with EventStreams(lines) as streams, closing(source_of(streams)) as source:
        events = events_of(source, 12)

    assert [event.value for event in events] == lines
    assert [(event.event_id, event.key, event.source) for event in events] == [
        (f"wm:change-{number}", b"enwiki:Someone %d" % (number % 7), "wikimedia") for number in range(12)
    ]


def test_recorded_changes_all_have_an_id_and_a_time() -> None:
    lines = [line.rstrip(b"\n") for name in ("edits", "mixed") for line in recorded_lines(f"wikimedia_{name}")]
    with EventStreams(lines) as streams, closing(source_of(streams)) as source:
        events = events_of(source, len(set(lines)))

    assert [event.value for event in events] == list(dict.fromkeys(lines))
    assert None not in [event.event_id for event in events]
    assert {event.key is None for event in events} == {False}


def test_it_says_who_it_is_and_asks_for_what_comes_from_now_on() -> None:
    before = time.time()
    with EventStreams(CHANGES) as streams, closing(source_of(streams)) as source:
        events_of(source, 1)

    [asked] = streams.asked
    assert asked.agent.startswith("Tidemark/")
    assert " (someone@example.org) python-requests/" in asked.agent
    assert asked.last_event_id is None
    assert asked.since is not None
    assert asked.since.startswith(time.strftime("%Y-%m-%dT%H:%M", time.gmtime(before)))


@pytest.mark.parametrize("ending", [Close(), Cut()], ids=["closed", "cut"])
@pytest.mark.parametrize("backwards_ms", [0, 8], ids=["times in order", "times that go backwards"])
def test_after_a_break_all_that_was_missed_comes_and_nothing_twice(ending: Any, backwards_ms: int) -> None:
    script: list[Connection] = [[Changes(3), Missed(2), ending], [Changes(2), Missed(1), ending]]
    with (
        EventStreams(CHANGES, script=script, backwards_ms=backwards_ms) as streams,
        closing(source_of(streams)) as source,
    ):
        found = until(received_of(source), lambda found: len(found) == 12)

    assert ids(found) == EVERY_ID
    assert [asked.last_event_id is None for asked in streams.asked] == [True, False, False]


def test_a_break_before_the_first_change_loses_nothing_either() -> None:
    script: list[Connection] = [Refuse(503), [Missed(4), Cut()]]
    with EventStreams(CHANGES, script=script) as streams, closing(source_of(streams)) as source:
        assert [event.event_id for event in events_of(source, 12)] == EVERY_ID


def test_taken_up_by_another_run_it_goes_on_after_the_cursor() -> None:
    with EventStreams(CHANGES, script=[[Changes(5), Hold()]], backwards_ms=8) as streams:
        with closing(source_of(streams)) as source:
            first = until(received_of(source), lambda found: len(found) == 4)
        with closing(source_of(streams)) as source:
            rest = until(received_of(source, after=first[-1][1]), lambda found: len(told_events(found)) == 8)

    assert ids(first + rest) == EVERY_ID


def test_canaries_are_a_sign_of_life_and_no_event(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    canary = partial(made_up_change, 99, meta={"id": "bird", "dt": "2026-11-21T10:00:00Z", "domain": "canary"})
    with EventStreams([canary, *CHANGES[:6], canary, *CHANGES[6:]]) as streams, closing(source_of(streams)) as source:
        events = events_of(source, 12)

    assert [event.event_id for event in events] == EVERY_ID
    assert [vars(record)["canaries"] for record in caplog.records if record.message == "left out"] == [2]


def test_a_canary_keeps_a_quiet_stream_from_being_a_gap() -> None:
    canary = b'event: message\ndata: {"meta":{"domain":"canary","id":"bird","dt":"2026-11-21T10:00:00Z"}}\n\n'
    quiet: list[Action] = [Say(canary), Wait(0.6 * SHORTEST_GAP_S)] * 5
    with (
        EventStreams(CHANGES, script=[[Changes(1), *quiet, Changes(1)]]) as streams,
        closing(source_of(streams)) as source,
    ):
        found = until(received_of(source), lambda found: len(found) == 2)

    assert told_gaps(found) == []


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"wikis": ["enwiki", "frwiki"]}, [0, 1, 2, 4]),
        ({"types": ["edit"]}, [0, 2, 3, 4]),
        ({"bots": False}, [0, 1, 3, 4]),
        ({"wikis": ["enwiki"], "types": ["new"], "bots": False}, [1, 4]),
    ],
)
def test_filters_let_pass_what_fits_and_what_does_not_tell(filters: dict[str, Any], kept: list[int]) -> None:
    changes = [
        made_up_change(0, 1_790_000_000_000),
        made_up_change(1, 1_790_000_000_000, type="new"),
        made_up_change(2, 1_790_000_000_000, bot=True),
        made_up_change(3, 1_790_000_000_000, wiki="dewiki"),
        made_up_change(4, 1_790_000_000_000, wiki=None, type=["new"], bot="no"),
    ]
    with EventStreams(changes) as streams, closing(source_of(streams, **filters)) as source:
        events = events_of(source, len(kept))

    assert [event.event_id for event in events] == [f"wm:change-{number}" for number in kept]


@pytest.mark.parametrize(
    ("odd", "event_id", "key"),
    [
        (b"not json", None, None),
        (b"undefined", None, None),
        (b'{"meta":{"id":"9"', None, None),
        (b"[1,2]", None, None),
        (b"{}", None, None),
        (b"[" * 100_000, None, None),
        (b'{"meta":7,"wiki":8,"user":[],"bot":{}}', None, None),
        (b'{"meta":{"id":"9","dt":"2026-13-45"},"wiki":"enwiki"}', "wm:9", None),
        (b'{"meta":{"id":"9","dt":"2026-11-21T10:00:00"},"wiki":"enwiki","user":"U"}', "wm:9", b"enwiki:U"),
        (b'{"meta":{"id":9,"dt":5},"user":"U"}', None, None),
        (b'{"meta":{"id":"9"},"wiki":"enwiki","user":"\xff"}', None, None),
        (b'{"meta":{"id":"9"},"wiki":"enwiki","user":"\\ud800"}', None, None),
        (b'{"meta":{"id":"9"},"wiki":"enwiki","user":"' + b"x" * 300_000 + b'"}', "wm:9", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_odd_payload_is_an_event_as_it_came(odd: bytes, event_id: str | None, key: bytes | None) -> None:
    with EventStreams([CHANGES[0], odd, CHANGES[1]]) as streams, closing(source_of(streams)) as source:
        events = events_of(source, 3)

    assert [event.event_id for event in events] == ["wm:change-0", event_id, "wm:change-1"]
    assert (events[1].value, events[1].key) == (odd, key)
    assert len(streams.asked) == 1


def test_a_word_of_the_server_about_itself_is_no_event(caplog: pytest.LogCaptureFixture) -> None:
    error = Say(b'event: error\ndata: {"message":"consumer lost"}\n\n')
    with (
        EventStreams(CHANGES, script=[[Changes(1), error, Changes(11), Hold()]]) as streams,
        closing(source_of(streams)) as source,
    ):
        assert [event.event_id for event in events_of(source, 12)] == EVERY_ID

    assert [record.__dict__["notice"] for record in caplog.records] == ['{"message":"consumer lost"}']


def test_a_silence_is_a_gap_and_healed_when_changes_come_again() -> None:
    script: list[Connection] = [[Changes(2), Wait(3 * SHORTEST_GAP_S), Changes(5), Wait(0.1), Changes(5), Hold()]]
    with EventStreams(CHANGES, script=script) as streams, closing(source_of(streams)) as source:
        found = until(received_of(source), lambda found: is_closed(found) and len(ids(found)) == 12)

    opened, healed = told_gaps(found)
    last_before = told_events(found)[1][0]
    assert opened == Gap(last_before.received_at, Why.SILENCE)
    assert (healed.began_at, healed.why, healed.state) == (opened.began_at, Why.SILENCE, State.HEALED)
    assert healed.ended_at is not None
    assert healed.ended_at >= opened.began_at + SHORTEST_GAP_S * 1_000_000
    assert ids(found) == EVERY_ID
    assert len(streams.asked) == 1


def test_a_connection_on_which_nothing_comes_any_more_is_given_up_and_what_was_missed_comes() -> None:
    script: list[Connection] = [[Changes(2), Missed(3), Hold(silent=True)], [Wait(0.1), Changes(), Hold()]]
    with (
        EventStreams(CHANGES, script=script) as streams,
        closing(source_of(streams, silent_s=2 * SHORTEST_GAP_S)) as source,
    ):
        found = until(received_of(source), lambda found: is_closed(found) and len(ids(found)) == 12)

    opened, healed = told_gaps(found)
    assert (opened.why, opened.state) == (Why.SILENCE, State.OPEN)
    assert (healed.began_at, healed.state, healed.events) == (opened.began_at, State.HEALED, 3)
    assert ids(found) == EVERY_ID


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
    assert (opened.why, healed.state, healed.events) == (Why.REFUSED, State.HEALED, 3)
    assert streams.asked[2].at_s - streams.asked[1].at_s >= 1
    assert ids(found) == EVERY_ID


def test_an_answer_that_is_no_stream_is_a_refusal_for_now() -> None:
    script: list[Connection] = [Refuse(200, "<html>Please sign in to this network"), [Changes(), Hold()]]
    with EventStreams(CHANGES, script=script) as streams, closing(source_of(streams)) as source:
        assert [event.event_id for event in events_of(source, 12)] == EVERY_ID


def test_a_network_that_is_away_is_a_gap_until_it_is_back() -> None:
    with EventStreams() as gone:
        pass
    with closing(source_of(gone)) as source:
        received = received_of(source)
        opened = until(received, lambda found: len(found) == 1)
        began_ms = told_gaps(opened)[0].began_at // 1000 + 1
        streams = EventStreams(CHANGES[3:], script=[[Wait(0.1), Changes(), Hold()]], port=urlsplit(gone.url).port or 0)
        streams.log += [(began_ms, made_up_change(number, began_ms)) for number in range(3)]
        with streams:
            found = until(received, lambda found: is_closed(found) and len(ids(found)) == 12)

    assert told_gaps(opened)[0].why is Why.CUT
    assert [(gap.state, gap.events) for gap in told_gaps(opened + found)] == [(State.OPEN, 0), (State.HEALED, 3)]
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
    assert (lost.began_at, lost.why, lost.state, lost.events) == (opened.began_at, Why.CLAMPED, State.LOST, 0)
    assert lost.ended_at is not None
    assert lost.ended_at > opened.began_at
    assert ids(found) == EVERY_ID[:2] + EVERY_ID[7 - 2 :]


def test_not_having_run_is_a_gap_that_going_on_heals() -> None:
    with EventStreams(CHANGES, script=[[Changes(4), Missed(3), Hold()], [Wait(0.1), Changes(), Hold()]]) as streams:
        with closing(source_of(streams)) as source:
            first = until(received_of(source), lambda found: len(found) == 4)
        threading.Event().wait(1.5 * SHORTEST_GAP_S)
        with closing(source_of(streams)) as source:
            rest = until(
                received_of(source, after=first[-1][1]), lambda found: is_closed(found) and len(ids(found)) == 8
            )

    opened, healed = told_gaps(rest)
    assert opened == Gap(first[-1][0].received_at, Why.STOPPED)
    assert (healed.began_at, healed.why, healed.state) == (opened.began_at, Why.STOPPED, State.HEALED)
    assert healed.events == 3
    assert ids(first + rest) == EVERY_ID


def test_a_gap_that_is_open_when_we_stop_is_the_same_gap_in_the_next_run() -> None:
    script: list[Connection] = [[Changes(2), Missed(3), Cut()], Refuse(503, headers={"Retry-After": "1"})]
    with EventStreams(CHANGES, script=[*script, [Hold()], [Wait(0.1), Changes(), Hold()]]) as streams:
        with closing(source_of(streams)) as source:
            first = until(received_of(source), lambda found: len(ids(found)) == 4)
        with closing(source_of(streams)) as source:
            rest = until(
                received_of(source, after=first[-1][1]), lambda found: is_closed(found) and len(ids(found)) == 8
            )

    [opened], [healed] = told_gaps(first), told_gaps(rest)
    assert (healed.began_at, healed.why, healed.state, healed.events) == (
        opened.began_at,
        Why.REFUSED,
        State.HEALED,
        3,
    )
    assert ids(first + rest) == EVERY_ID


def ended_by(source: Wikimedia) -> str:
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
    with EventStreams(script=[Refuse(status, "no\n<b>robots</b>")]) as streams, closing(source_of(streams)) as source:
        message = ended_by(source)

    assert words in message
    assert "\n" not in message
    assert len(streams.asked) == 1


@pytest.mark.parametrize("contact", [None, "", "  "])
def test_without_a_contact_it_says_which_setting(contact: str | None) -> None:
    with pytest.raises(SettingsError, match="TIDEMARK_WIKIMEDIA__CONTACT is not set"):
        Wikimedia.from_settings(Settings(wikimedia=WikimediaSettings(contact=contact)), SystemClock())


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
def test_only_a_connection_that_was_well_for_a_while_makes_the_waits_short_again(healthy_s: float, resets: int) -> None:
    counted = []

    class Counting(Backoff):
        def reset(self) -> None:
            counted.append(1)

    with EventStreams(CHANGES, script=[[Close()], [Changes(1), Wait(0.4), Close()]]) as streams:
        settings = WikimediaSettings(contact="someone@example.org", url=streams.url)
        source = Wikimedia(settings, SystemClock(), backoff=Counting(0.01, 0.01), healthy_s=healthy_s)
        with closing(source):
            events_of(source, 12)

    assert len(counted) == resets


def test_an_address_that_is_none_ends_it() -> None:
    with closing(Wikimedia(WikimediaSettings(contact="a@b.org", url="http://:80"), SystemClock())) as source:
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
    ids=["while it is quiet", "while nothing comes at all", "in a wait of ours", "in a wait that was asked for"],
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


def test_while_we_do_not_listen_is_no_gap_of_the_source() -> None:
    at_once = Say(b"".join(b'data: {"number":%d}\n\n' % number for number in range(1_100)))
    with EventStreams(script=[[at_once, Hold(silent=True)]]) as streams, closing(source_of(streams)) as source:
        received = received_of(source)
        first = until(received, lambda found: len(found) == 1)
        threading.Event().wait(2 * SHORTEST_GAP_S)
        rest = until(received, lambda found: len(told_gaps(found)) == 1)

    assert len(told_events(first + rest)) == 1_100
    assert told_gaps(rest)[0].began_at > first[0][0].received_at + SHORTEST_GAP_S * 1_000_000
