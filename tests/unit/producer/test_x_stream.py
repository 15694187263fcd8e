"""The real tweepy client against the stand-in for the X API, over real HTTP."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest
import tweepy.streaming
from payloads import as_bytes
from pydantic import SecretStr
from stand_ins.x_api import STREAM, XApi
from stand_ins.x_api_script import (
    DISCONNECT,
    Close,
    Connection,
    Cut,
    Hold,
    KeepAlive,
    Posts,
    Refuse,
    Say,
)
from tracked import Tracked

from producer.clock import SystemClock
from producer.sources.x import stream
from producer.sources.x.stream import XStream
from tidemark.contracts.events import Event
from tidemark.errors import SettingsError, SourceError
from tidemark.settings import Settings, XSettings

TOKEN = "AAAAAAAAAAAAAAAAsecret%3Dtoken"
PATIENCE_S = 15


def post(number: int) -> bytes:
    return (
        b'{"data":{"id":"%d","author_id":"7","text":"caf\xc3\xa9 \xf0\x9f\x98\x80"},"includes":{"users":[{"id":"7"}]}}'
        % number
    )


POSTS = [post(number) for number in range(1, 9)]


def stand_in(script: Iterable[Connection] = (), **options: Any) -> XApi:
    return XApi(POSTS, script=script, token=TOKEN, with_rules=False, **options)


def stream_of(
    api: XApi, *, token: str = TOKEN, shortest_wait_s: float = 0.01, **options: Any
) -> Tracked:
    settings = XSettings(
        bearer_token=SecretStr(token), api_url=api.url, **({"track": ["kafka"]} | options)
    )
    source = XStream(settings, SystemClock(), shortest_wait_s=shortest_wait_s, first_retry_s=0.01)
    return Tracked(source)


def taken(source: Tracked, count: int) -> list[Event]:
    """The next `count` events; fails where they do not come."""
    deadline = time.monotonic() + PATIENCE_S
    events: list[Event] = []
    for received in source.events(None):
        assert time.monotonic() < deadline, f"only {len(events)} of {count} came"
        if isinstance(received, tuple):
            events.append(received[0])
        if len(events) == count:
            break
    return events


def ended_by(source: Tracked) -> str:
    """The words of the error that ends the source."""
    deadline = time.monotonic() + PATIENCE_S
    with pytest.raises(SourceError) as error:  # noqa: PT012
        for _ in source.events(None):
            assert time.monotonic() < deadline
    return str(error.value)


def test_an_error_that_nobody_expects_ends_the_source_and_not_only_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_down(*_: object) -> None:
        raise AttributeError("rules of another shape")

    monkeypatch.setattr(stream, "reconcile", break_down)
    with (
        stand_in() as api,
        closing(stream_of(api)) as source,
        pytest.raises(AttributeError, match="of another shape"),
    ):
        taken(source, 1)


@pytest.fixture
def tweepy_sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What tweepy would have slept between attempts; it does not, so that tests need not wait a
    minute."""
    slept: list[float] = []
    monkeypatch.setattr(tweepy.streaming, "sleep", slept.append)
    return slept


def test_posts_arrive_byte_for_byte_with_id_author_and_the_tags_of_their_rules() -> None:
    with (
        XApi(POSTS, token=TOKEN) as api,
        closing(stream_of(api, track=["kafka", "#spark"])) as source,
    ):
        events = taken(source, 8)
        matching = b',"matching_rules":[{"id": "1990000000000000001", "tag": "kafka"}, ' + (
            b'{"id": "1990000000000000002", "tag": "#spark"}]}'
        )

        assert [event.value for event in events] == [line[:-1] + matching for line in POSTS]
        assert [(event.event_id, event.key, event.source, event.rules) for event in events] == [
            (f"x:{number}", b"7", "x", ("kafka", "#spark")) for number in range(1, 9)
        ]
        assert api.book.values() == [("kafka", "kafka"), ("#spark", "#spark")]


def test_it_asks_for_what_the_tables_need() -> None:
    with stand_in() as api, closing(stream_of(api)) as source:
        taken(source, 1)

    assert next(query for _, path, query in api.requests if path == STREAM) == {
        "expansions": "author_id",
        "tweet.fields": "author_id,created_at,edit_history_tweet_ids,entities,lang,note_tweet,public_metrics,"
        "referenced_tweets",
        "user.fields": "name,public_metrics,username",
    }


@pytest.mark.parametrize("expand", [False, True])
def test_a_repost_comes_with_the_original_where_that_is_wanted(expand: bool) -> None:
    original = {"id": "8", "author_id": "6", "entities": {"hashtags": [{"tag": "tide"}]}}
    repost = {"id": "9", "author_id": "7", "referenced_tweets": [{"type": "retweeted", "id": "8"}]}
    line = as_bytes({"data": repost, "includes": {"users": [{"id": "7"}], "tweets": [original]}})
    with (
        XApi([line], token=TOKEN, with_rules=False) as api,
        closing(stream_of(api, expand_reposts=expand)) as source,
    ):
        [event] = taken(source, 1)

    query = next(query for _, path, query in api.requests if path == STREAM)
    assert query["expansions"] == ("author_id,referenced_tweets.id" if expand else "author_id")
    assert {"entities", "note_tweet"} <= set(query["tweet.fields"].split(","))
    assert json.loads(event.value)["includes"].get("tweets") == ([original] if expand else None)
    assert event.event_id == "x:9"


def test_rules_of_earlier_runs_are_gone_before_the_stream_opens() -> None:
    with stand_in() as api:
        api.book.put("strange", "left behind")
        api.book.put("untagged")
        with closing(stream_of(api)) as source:
            taken(source, 1)

        assert api.book.values() == [("kafka", "kafka")]


@pytest.mark.parametrize(
    "ending",
    [
        [Close()],
        [Cut()],
        [DISCONNECT, Close()],
        [DISCONNECT, Hold()],
        [KeepAlive(), KeepAlive(), Cut()],
    ],
    ids=["closed", "cut", "told and closed", "told and held open", "keep-alives, then cut"],
)
def test_it_comes_back_when_the_stream_ends_and_publishes_no_notice(
    ending: list[Any], tweepy_sleeps: list[float]
) -> None:
    with (
        stand_in([[Posts(3), *ending], [Posts(2), *ending]]) as api,
        closing(stream_of(api)) as source,
    ):
        events = taken(source, 8)

    assert [event.value for event in events] == POSTS
    assert len(api.connected_at_s) == 3


def test_line_ends_split_across_chunks_make_no_difference() -> None:
    with (
        stand_in([[Posts(4), Close()]], split_line_ends=True) as api,
        closing(stream_of(api)) as source,
    ):
        assert [event.value for event in taken(source, 8)] == POSTS


@pytest.mark.parametrize(
    "odd",
    [
        b"not json",
        b'{"data":{"id":"9"',
        b"[1,2]",
        b"{}",
        b'{"data":{"text":"neither id nor author"}}',
        b'{"data":{"id":9,"created_at":"2026-11-21T10:00:00Z"},"matching_rules":[{"id":3}]}',
        b'{"data":{"id":"9","text":"' + b"x" * 300_000 + b'"}}',
    ],
    ids=lambda line: repr(line[:30]),
)
def test_an_odd_line_is_an_event_as_it_came_and_the_stream_goes_on(odd: bytes) -> None:
    with (
        stand_in([[Posts(1), Say(odd), Posts(1), Hold()]]) as api,
        closing(stream_of(api)) as source,
    ):
        events = taken(source, 3)

    assert [event.value for event in events] == [POSTS[0], odd, POSTS[1]]
    assert len(api.connected_at_s) == 1


def test_a_server_that_closes_at_once_is_not_called_again_at_once() -> None:
    with (
        stand_in([[Close()], [Close()], [Close()]]) as api,
        closing(stream_of(api, shortest_wait_s=0.2)) as source,
    ):
        taken(source, 8)

    gaps = [
        after - before
        for before, after in zip(api.connected_at_s, api.connected_at_s[1:], strict=False)
    ]
    assert [
        round(gap, 1) >= at_least for gap, at_least in zip(gaps, [0.2, 0.4, 0.8], strict=True)
    ] == [True] * 3


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            401,
            "X does not take the token; check TIDEMARK_X__BEARER_TOKEN (401; X says: Sorry: for 401)",
        ),
        (402, "X wants to be paid"),
        (403, "X forbids it"),
    ],
)
def test_it_stops_for_good_where_trying_again_cannot_help(
    status: int, words: str, tweepy_sleeps: list[float]
) -> None:
    refusal = Refuse(status, {"title": "Sorry", "detail": f"for {status}"})
    with stand_in([refusal]) as api, closing(stream_of(api)) as source:
        message = ended_by(source)

    assert words in message
    assert f"({status}; X says: Sorry: for {status})" in message
    assert len(api.connected_at_s) == 1
    assert tweepy_sleeps == []


def test_a_payment_that_runs_out_midway_stops_it_after_the_posts_before() -> None:
    with stand_in([[Posts(3), Close()], Refuse(402)]) as api, closing(stream_of(api)) as source:
        events = []
        with pytest.raises(SourceError, match="402"):  # noqa: PT012
            for received in source.events(None):
                events += [received[0].value] if isinstance(received, tuple) else []

    assert events == POSTS[:3]


@pytest.mark.parametrize(
    ("statuses", "waits"),
    [([503, 503], [5, 10]), ([429, 429], [60, 120]), ([409], [5])],
    ids=["server down", "too many", "rules not there yet"],
)
def test_it_tries_again_with_the_waits_of_tweepy_and_no_others(
    statuses: list[int], waits: list[float], tweepy_sleeps: list[float]
) -> None:
    with (
        stand_in([Refuse(status) for status in statuses]) as api,
        closing(stream_of(api)) as source,
    ):
        events = taken(source, 8)

    assert [event.value for event in events] == POSTS
    assert tweepy_sleeps == waits


def test_a_network_that_is_away_at_first_is_waited_for() -> None:
    api = stand_in()  # bound, and not yet answering
    with closing(stream_of(api)) as source:
        threading.Timer(0.3, api.__enter__).start()
        assert [event.value for event in taken(source, 8)] == POSTS
    api.__exit__()


def test_a_limit_ends_it_after_so_many_posts() -> None:
    with stand_in() as api, closing(stream_of(api, limit=5)) as source:
        assert [
            received[0].value for received in source.events(None) if isinstance(received, tuple)
        ] == POSTS[:5]


@pytest.mark.parametrize(
    "script",
    [
        [[Posts(1), Hold()]],
        [[Posts(1), Hold(silent=True)]],
        [[Posts(1), Close()], Refuse(503)],
        [[Posts(1), Close()], Refuse(429)],
    ],
    ids=[
        "while it is quiet",
        "while nothing comes at all",
        "in a wait of 5 s",
        "in a wait of 60 s",
    ],
)
def test_it_lets_go_within_a_second_whatever_tweepy_does(script: list[Connection]) -> None:
    with stand_in(script) as api, closing(stream_of(api)) as source:
        received = source.events(None)
        first = next(item for item in received if isinstance(item, tuple))
        wait_for(lambda: len(api.connected_at_s) == len(script), received)
        before_s = time.monotonic()

        source.close()

        assert first[0].value == POSTS[0]
        assert time.monotonic() - before_s < 2
        assert_free(api)


def wait_for(condition: Callable[[], bool], ticks: Iterator[object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        next(ticks)


def assert_free(api: XApi) -> None:
    """Nobody holds the stream: X allows one connection, and the next run wants it."""
    assert api.streaming.acquire(timeout=PATIENCE_S)
    api.streaming.release()


def test_a_full_queue_holds_x_back_and_does_not_keep_it_from_closing() -> None:
    with (
        XApi((post(number) for number in range(100_000)), token=TOKEN) as api,
        closing(stream_of(api)) as source,
    ):
        taken(source, 1)
        before_s = time.monotonic()

        source.close()

    assert time.monotonic() - before_s < 2


def test_the_token_is_in_no_log_no_error_and_no_repr(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = {
        "errors": [
            {"title": "operational-disconnect", "disconnect_type": "X", "detail": f"bye {TOKEN}"}
        ]
    }
    script: list[Connection] = [
        [Posts(1), Say(str(said).replace("'", '"').encode()), Close()],
        Refuse(403, {"detail": f"no, {TOKEN}"}),
    ]
    with stand_in(script) as api, closing(stream_of(api)) as source:
        message = ended_by(source)
        api.token = "another"
        with closing(stream_of(api)) as second:
            second_message = ended_by(second)
    shown = "\n".join(
        [
            message,
            second_message,
            repr(source.source),
            str(vars(source.source)),
            caplog.text,
            *capsys.readouterr(),
        ]
    )

    assert "[token]" in message
    assert "not good: Bearer [token]" in second_message
    logged = str([vars(record) for record in caplog.records])
    assert "bye [token]" in logged
    assert TOKEN not in shown + logged


@pytest.mark.parametrize("token", ["Bearer AAAA", "AAAA\n", "AAÄÄ"])
def test_a_token_that_is_none_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(SettingsError, match="TIDEMARK_X__BEARER_TOKEN holds characters") as error:
        XStream(XSettings(bearer_token=SecretStr(token), track=["kafka"]), SystemClock())

    assert token not in str(error.value)


def test_without_a_token_it_says_which_setting() -> None:
    with pytest.raises(SettingsError, match="TIDEMARK_X__BEARER_TOKEN is not set"):
        XStream.from_settings(Settings(x=XSettings(track=["kafka"])), SystemClock())
