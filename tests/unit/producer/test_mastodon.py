"""The source against the stand-in for a Mastodon instance, over real HTTP."""

import itertools
import time
from collections import Counter
from contextlib import closing
from typing import Any

import pytest
from mastodon_listening import (
    POSTS,
    events_of,
    gaps_of,
    instance_of,
    source_of,
    taken,
    until,
    values,
    wait_for,
)
from mastodon_payloads import id_of, status, statuses
from payloads import as_bytes
from stand_ins.mastodon_script import Close, Connection, Hold, Posts, Refuse, Say


def test_posts_arrive_byte_for_byte_with_id_and_author() -> None:
    odd = as_bytes(status(1)).replace(b'"language":"en"', b'"language" : "\\u0065n"')
    with instance_of([POSTS[0], odd]) as instance, closing(source_of(instance)) as source:
        events = [event for event, _ in taken(source, 2)]

    assert [event.value for event in events] == [POSTS[0], odd]
    assert [(event.source, event.key, event.event_id, event.rules) for event in events] == [
        (
            "mastodon",
            b"https://made.up/users/ana",
            f"ma:https://made.up/users/ana/statuses/{id_of(number)}",
            (),
        )
        for number in range(2)
    ]


def test_edits_and_deletes_are_events_and_all_else_is_counted() -> None:
    edit = as_bytes(status(0, edited_at="2026-03-01T12:05:00.250Z"))
    script: list[Connection] = [
        [
            Say("filters_changed", b"undefined"),
            Posts(1),
            Say("status.update", edit),
            Say("delete", id_of(0).encode()),
            Say("delete", b"undefined"),
            Say("announcement.delete", b"1"),
            Say("notification", b"{}"),
            Say("notification", b"{}"),
            Posts(1),
            Hold(),
        ]
    ]
    with instance_of(script=script) as instance, closing(source_of(instance)) as source:
        events = [event for event, _ in taken(source, 4)]
        ignored = source.source.ignored

    assert [event.value for event in events] == [POSTS[0], edit, id_of(0).encode(), POSTS[1]]
    assert events[1].event_id == f"{events[0].event_id}@2026-03-01T12:05:00.250Z"
    assert (events[2].event_id, events[2].key) == (f"ma:del:{instance.host}:{id_of(0)}", None)
    assert ignored == Counter(
        {
            "notification": 2,
            "filters_changed undefined": 1,
            "delete undefined": 1,
            "announcement.delete": 1,
        }
    )


@pytest.mark.parametrize(
    "odd", [b"not json", b"[1]", b"{}", b'{"id":7,"account":[]}', b"7", b'{"id":""}']
)
def test_an_odd_status_is_an_event_as_it_came_and_the_stream_goes_on(odd: bytes) -> None:
    script: list[Connection] = [[Posts(1), Say("update", odd), Posts(1), Hold()]]
    with instance_of(script=script) as instance, closing(source_of(instance)) as source:
        assert values(taken(source, 3)) == [POSTS[0], odd, POSTS[1]]


@pytest.mark.parametrize(
    ("settings", "stream", "page"),
    [
        ({}, ("public", {}), ("public", {})),
        ({"timeline": "public:local"}, ("public/local", {}), ("public", {"local": "true"})),
        ({"timeline": "public:remote"}, ("public/remote", {}), ("public", {"remote": "true"})),
        ({"hashtags": ["#Été"]}, ("hashtag", {"tag": "été"}), ("tag/%C3%A9t%C3%A9", {})),
    ],
)
def test_each_timeline_has_its_stream_and_its_pages(
    settings: dict[str, Any], stream: tuple[str, dict[str, str]], page: tuple[str, dict[str, str]]
) -> None:
    with (
        instance_of(written=statuses(1), posts=statuses(2, first=1)) as instance,
        closing(source_of(instance, **settings)) as source,
    ):
        events = taken(source, 2)

    assert ("/api/v1/streaming/" + stream[0], stream[1]) in instance.requests
    assert ("/api/v1/timelines/" + page[0], page[1] | {"limit": "1"}) in instance.requests
    assert {event.rules for event, _ in events} == {("été",) if "hashtags" in settings else ()}


def test_a_post_with_two_of_the_hashtags_comes_once() -> None:
    two_streams: list[Connection] = [
        [Say("update", POSTS[0]), Say("update", POSTS[1]), Hold()],
        [Say("update", POSTS[1]), Say("update", POSTS[2]), Hold()],
    ]
    with (
        instance_of(script=two_streams) as instance,
        closing(source_of(instance, hashtags=["kafka", "Spark", "#kafka"])) as source,
    ):
        events = taken(source, 3)

    assert sorted(values(events)) == POSTS[:3]
    assert len(instance.connected_at_s) == 2


@pytest.mark.parametrize(
    ("urls", "streams"),
    [
        (None, True),
        ({}, True),
        ({"urls": {"streaming": "ws://{host}"}}, True),
        ({"urls": {"streaming": "http://{host}/"}}, True),
        ({"urls": {"streaming": "ws://127.0.0.1:9"}}, False),
    ],
    ids=["none told", "old", "websocket's", "http", "elsewhere"],
)
def test_it_streams_from_where_the_instance_says(
    urls: dict[str, Any] | None, streams: bool
) -> None:
    with instance_of(POSTS) as instance:
        if urls:
            urls = {"urls": {"streaming": urls["urls"]["streaming"].format(host=instance.host)}}
        instance.configuration = urls
        with closing(source_of(instance, shortest_gap_s=0.1)) as source:
            found = until(source.events(None), lambda all_: bool(all_))

    assert bool(events_of(found)) == streams
    assert bool(gaps_of(found)) != streams


@pytest.mark.parametrize(
    "script",
    [
        [[Posts(1), Hold()]],
        [[Posts(1), Hold(silent=True)]],
        [[Posts(1), Close()], Refuse(429, headers={"Retry-After": "60"})],
    ],
    ids=["while it is quiet", "while nothing comes at all", "in a wait of a minute"],
)
def test_it_lets_go_within_a_second(script: list[Connection]) -> None:
    with instance_of(script=script) as instance, closing(source_of(instance)) as source:
        received = source.events(None)
        until(received, lambda all_: bool(events_of(all_)))
        wait_for(lambda: len(instance.connected_at_s) == len(script))
        before_s = time.monotonic()

        source.close()

        assert time.monotonic() - before_s < 2
        wait_for(lambda: instance.open_streams == 0)


def test_it_lets_go_of_an_instance_that_does_not_answer() -> None:
    instance = instance_of()  # bound, and not answering
    with closing(source_of(instance)) as source:
        next(source.events(None))
        before_s = time.monotonic()

        source.close()

        assert time.monotonic() - before_s < 2
    with instance:
        pass


def test_a_full_queue_holds_the_instance_back_and_does_not_keep_it_from_closing() -> None:
    posts = (as_bytes(status(number)) for number in itertools.count())
    with instance_of(posts) as instance, closing(source_of(instance)) as source:
        taken(source, 1)
        before_s = time.monotonic()

        source.close()

    assert time.monotonic() - before_s < 2
