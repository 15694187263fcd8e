"""The source against the stand-in for Jetstream, over real WebSockets."""

import socket
import time
from contextlib import closing

import pytest
from bluesky_payloads import account, commit, deleted, identity, messages, record, repost
from bluesky_source import events_from, events_in, source_of, taken
from payloads import as_bytes
from stand_ins.jetstream import Close, Connection, Firehose, Hold, Jetstream, Messages, Refuse, Say


def test_messages_arrive_byte_for_byte_with_id_and_author() -> None:
    did = "did:plc:author0"
    sent = [
        as_bytes(commit("3ka", did=did, rev="3kr", record=record(text="café 😀"))),
        as_bytes(repost("3kb", did=did, rev="3kr")),
        as_bytes(commit("3ka", did=did, rev="3ks", operation="update")),
        as_bytes(deleted("3ka", did=did, rev="3kt")),
        as_bytes(identity(did)),
        as_bytes(identity(did, seq=None)),
        as_bytes(account(did, active=False, status="deleted")),
    ]
    with Jetstream(Firehose(sent)) as host, closing(source_of(host)) as source:
        events = events_from(source, len(sent))

    assert [event.value for event in events] == sent
    assert {(event.source, event.key) for event in events} == {("bluesky", did.encode())}
    assert [event.event_id for event in events] == [
        f"bs:{did}/app.bsky.feed.post/3ka@3kr:create",
        f"bs:{did}/app.bsky.feed.repost/3kb@3kr:create",
        f"bs:{did}/app.bsky.feed.post/3ka@3ks:update",
        f"bs:{did}/app.bsky.feed.post/3ka@3kt:delete",
        f"bs:{did}@30340180350:identity",
        f"bs:{did}@1772368496789123:identity",
        f"bs:{did}@30340180351:account",
    ]


def test_it_asks_for_the_collections_and_at_first_for_what_comes_from_now_on() -> None:
    with (
        Jetstream(Firehose(messages(3))) as host,
        closing(source_of(host, collections=["a.b", "c.*"])) as source,
    ):
        events_from(source, 1)

    assert host.asked == [{"wantedCollections": ["a.b", "c.*"]}]


@pytest.mark.parametrize(
    "odd",
    [
        b"not json",
        b'{"did":"did:plc:a","time_us":1',
        b"[1,2]",
        b"{}",
        b"\xff\xfe",
        b'{"did":7,"time_us":"soon"}',
        as_bytes({"did": "did:plc:a", "time_us": 10**18, "kind": "commit", "commit": {}}),
        as_bytes({"kind": "info", "time_us": 5}),
        as_bytes(commit(did="did:plc:" + "x" * 5_000, rkey="y" * 5_000)),
        as_bytes(commit(record=record(text="x" * 2_000_000))),
    ],
    ids=lambda payload: repr(payload[:30]),
)
def test_an_odd_message_is_an_event_as_it_came_and_the_stream_goes_on(odd: bytes) -> None:
    sent = messages(2)
    script: list[Connection] = [[Messages(1), Say(odd), Messages(1), Hold()]]
    with Jetstream(Firehose(sent), script=script) as host, closing(source_of(host)) as source:
        events = events_from(source, 3)

    assert [event.value for event in events] == [sent[0], odd, sent[1]]
    assert all(len(value) < 2_000 for event in events for _, value in event.headers())
    assert len(host.asked) == 1


LANGUAGES = {
    "in one of them": (["en"], ["fr", "en"], True),
    "in a region's": (["pt"], ["pt-BR"], True),
    "in that region's": (["pt-br"], ["pt-BR"], True),
    "in another region's": (["pt-BR"], ["pt-PT"], False),
    "in another": (["en"], ["fr"], False),
    "none named": (["en"], None, False),
    "none named, none wanted": ([], None, True),
}


@pytest.mark.parametrize(("wanted", "named", "is_kept"), LANGUAGES.values(), ids=LANGUAGES)
def test_posts_are_kept_that_name_a_wanted_language(
    wanted: list[str], named: list[str] | None, is_kept: bool
) -> None:
    post, last = as_bytes(commit("3ka", record=record(langs=named))), as_bytes(deleted("3kz"))
    with (
        Jetstream(Firehose([post, last])) as host,
        closing(source_of(host, languages=wanted)) as source,
    ):
        found = taken(source, lambda found: any(event.value == last for event in events_in(found)))

    assert [event.value for event in events_in(found)] == ([post, last] if is_kept else [last])


def test_with_languages_reposts_are_left_out_but_nothing_that_changes_what_we_hold() -> None:
    kept = [
        as_bytes(message)
        for message in (deleted(), identity(), account(), {"odd": 1, "time_us": 0})
    ]
    sent = [as_bytes(repost()), *kept]
    with Jetstream(Firehose(sent)) as host, closing(source_of(host, languages=["en"])) as source:
        assert [event.value for event in events_from(source, 4)] == kept


WAITS: dict[str, list[Connection]] = {
    "while it is quiet": [[Messages(1), Hold()]],
    "in a long wait": [[Messages(1), Close()], Refuse(429, headers={"Retry-After": "600"})],
    "while it is flooded": [[Messages(), Hold()]],
}


@pytest.mark.parametrize("script", WAITS.values(), ids=WAITS)
def test_it_lets_go_at_once_whatever_it_does(script: list[Connection]) -> None:
    with Jetstream(Firehose(messages(6_000)), script=script) as host:
        source = source_of(host, first_s=60)
        taken(source, lambda found: len(host.asked) >= len(script) or len(found) == 1)
        before_s = time.monotonic()

        source.close()

        assert time.monotonic() - before_s < 2


def test_it_lets_go_at_once_in_the_middle_of_a_connection_that_is_not_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        source = source_of(f"ws://127.0.0.1:{mute.getsockname()[1]}")
        next(source.events(None))
        before_s = time.monotonic()

        source.close()

        assert time.monotonic() - before_s < 2
