"""What comes of the stand-in for EventStreams, over real HTTP."""

import logging
import time
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from recordings import recorded_lines
from stand_ins.event_streams import (
    Action,
    Changes,
    Connection,
    EventStreams,
    Missed,
    Refuse,
    Say,
    Wait,
    made_up_change,
)
from stand_ins.x_api_script import Close, Cut, Hold
from wikimedia_source import (
    CHANGES,
    EVERY_ID,
    SHORTEST_GAP_S,
    events_of,
    ids,
    received_of,
    source_of,
    told_events,
    told_gaps,
    until,
)


def test_changes_arrive_byte_for_byte_with_id_and_author() -> None:
    lines = [made_up_change(number, 1_790_000_000_123) for number in range(12)]
    with EventStreams(lines) as streams, closing(source_of(streams)) as source:
        events = events_of(source, 12)

    assert [event.value for event in events] == lines
    assert [(event.event_id, event.key, event.source) for event in events] == [
        (f"wm:change-{number}", b"enwiki:Someone %d" % (number % 7), "wikimedia")
        for number in range(12)
    ]


def test_recorded_changes_all_have_an_id_and_a_time() -> None:
    lines = [
        line.rstrip(b"\n")
        for name in ("edits", "mixed")
        for line in recorded_lines(f"wikimedia_{name}")
    ]
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
def test_after_a_break_all_that_was_missed_comes_and_nothing_twice(
    ending: Any, backwards_ms: int
) -> None:
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
            rest = until(
                received_of(source, after=first[-1][1]), lambda found: len(told_events(found)) == 8
            )

    assert ids(first + rest) == EVERY_ID


def test_a_cursor_of_an_older_version_is_continued_and_nothing_comes_twice() -> None:
    with EventStreams(CHANGES, script=[[Changes(5), Hold()]], backwards_ms=8) as streams:
        with closing(source_of(streams)) as source:
            first = until(received_of(source), lambda found: len(found) == 4)
        cursor = first[-1][1]
        digests = cursor["shared"] + cursor["latest"]
        names = [digests[at : at + 16] for at in range(0, len(digests), 16)]
        old = {
            "id": cursor["id"],
            "heard_at": cursor["heard_at"],
            "recent": " ".join(reversed(names)),
        }
        with closing(source_of(streams)) as source:
            rest = until(received_of(source, after=old), lambda found: len(told_events(found)) == 8)

    assert ids(first + rest) == EVERY_ID


def test_canaries_are_a_sign_of_life_and_no_event(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    canary = partial(
        made_up_change, 99, meta={"id": "bird", "dt": "2026-11-21T10:00:00Z", "domain": "canary"}
    )
    with (
        EventStreams([canary, *CHANGES[:6], canary, *CHANGES[6:]]) as streams,
        closing(source_of(streams)) as source,
    ):
        events = events_of(source, 12)

    assert [event.event_id for event in events] == EVERY_ID
    assert [
        vars(record)["canaries"] for record in caplog.records if record.message == "events skipped"
    ] == [2]


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
def test_filters_let_pass_what_fits_and_what_does_not_tell(
    filters: dict[str, Any], kept: list[int]
) -> None:
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
        (
            b'{"meta":{"id":"9","dt":"2026-11-21T10:00:00"},"wiki":"enwiki","user":"U"}',
            "wm:9",
            b"enwiki:U",
        ),
        (b'{"meta":{"id":9,"dt":5},"user":"U"}', None, None),
        (b'{"meta":{"id":"9"},"wiki":"enwiki","user":"\xff"}', None, None),
        (b'{"meta":{"id":"9"},"wiki":"enwiki","user":"\\ud800"}', None, None),
        (b'{"meta":{"id":"9"},"wiki":"enwiki","user":"' + b"x" * 300_000 + b'"}', "wm:9", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_odd_payload_is_an_event_as_it_came(
    odd: bytes, event_id: str | None, key: bytes | None
) -> None:
    with (
        EventStreams([CHANGES[0], odd, CHANGES[1]]) as streams,
        closing(source_of(streams)) as source,
    ):
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

    assert [record.__dict__["notice"] for record in caplog.records] == [
        '{"message":"consumer lost"}'
    ]
