"""The look-up of profiles, against a real HTTP server, and with the stream beside it."""

import json
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from bluesky_payloads import commit, identity, messages, profile
from payloads import as_bytes
from stand_ins.clock import FakeClock
from stand_ins.jetstream import Connection, Firehose, Hold, Jetstream, Messages
from waiting import wait_until

from producer.clock import SystemClock
from producer.sources.base.signals import Item
from producer.sources.bluesky.profiles import Profiles
from producer.sources.bluesky.source import Bluesky
from producer.transport.backoff import Backoff
from tidemark.contracts.events import Event
from tidemark.settings import BlueskySettings

DIDS = [f"did:plc:author{number}" for number in range(60)]
PEOPLE = {did: as_bytes(profile(did, displayName="Zoé 😀")) for did in DIDS}


@contextmanager
def service(
    answers: Iterable[int | bytes] = (), **options: Any
) -> Iterator[tuple[Jetstream, Profiles]]:
    clock = options.pop("clock", SystemClock())
    with Jetstream(Firehose([]), people=PEOPLE, profile_answers=answers) as host:
        profiles = Profiles(
            host.http_url, clock, backoff=Backoff(0.01, last_s=0.01), shortest_gap_s=0.01
        )
        with closing(profiles):
            yield host, profiles


def found_in(profiles: Profiles, count: int) -> list[Event]:
    found: list[Event] = []

    def is_enough() -> bool:
        found.extend(profiles.found())
        return len(found) >= count

    wait_until(is_enough)
    return found


def test_each_profile_is_an_event_exactly_as_it_was_answered() -> None:
    before_us = time.time_ns() // 1000
    with service() as (_, profiles):
        profiles.want(DIDS[0])
        (event,) = found_in(profiles, 1)

    assert event.value == PEOPLE[DIDS[0]]
    assert before_us <= event.received_at <= time.time_ns() // 1000
    assert event == Event(
        event.value,
        "bluesky",
        event.received_at,
        key=DIDS[0].encode(),
        event_id=f"bs:{DIDS[0]}:profile:{event.received_at}",
    )


def test_each_is_asked_for_once_and_no_more_than_25_at_a_time() -> None:
    with service() as (host, profiles):
        for did in DIDS * 3:
            profiles.want(did)
        events = found_in(profiles, len(DIDS))

    assert sorted(event.value for event in events) == sorted(PEOPLE.values())
    assert sorted(did for dids in host.looked_up for did in dids) == sorted(DIDS)
    assert max(map(len, host.looked_up)) <= 25


def test_one_that_is_forgotten_or_was_asked_for_six_hours_ago_is_asked_for_again() -> None:
    clock = FakeClock()
    with service(clock=clock) as (host, profiles):
        for _ in range(2):
            profiles.want(DIDS[0])
            profiles.want(DIDS[1])
        found_in(profiles, 2)
        profiles.forget(DIDS[0])
        profiles.want(DIDS[0])
        profiles.want(DIDS[1])
        found_in(profiles, 1)
        clock.sleep(6 * 3600)
        profiles.want(DIDS[1])
        found_in(profiles, 1)

    asked = [did for dids in host.looked_up for did in dids]
    assert sorted(asked) == sorted([DIDS[0], DIDS[1], DIDS[0], DIDS[1]])


def test_what_is_no_did_and_who_is_not_known_there_spoil_nothing() -> None:
    with service() as (host, profiles):
        for did in (
            "",
            "nobody",
            "did:plc:a b",
            "did:plc:" + "x" * 300,
            "did:plc:unknown",
            DIDS[0],
        ):
            profiles.want(did)
        events = found_in(profiles, 1)

    assert [event.key for event in events] == [DIDS[0].encode()]
    assert {did for dids in host.looked_up for did in dids} == {"did:plc:unknown", DIDS[0]}


def test_an_outage_is_said_once_and_whoever_was_asked_for_is_asked_for_when_they_write_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with service([503, 429, 400]) as (host, profiles), caplog.at_level(logging.INFO, "producer"):

        def is_answered() -> bool:
            profiles.want(DIDS[0])
            return any(event.key == DIDS[0].encode() for event in profiles.found())

        wait_until(is_answered)

    assert len(host.looked_up) == 4
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "profile requests fail; retrying"),
        ("INFO", "profile requests succeed again"),
    ]


@pytest.mark.parametrize(
    "answer", [b"<html>", b"", b'{"profiles":{}}', b'{"profiles":[{"handle":"x"}]}', b"\xff"]
)
def test_an_answer_that_cannot_be_read_is_an_outage(answer: bytes) -> None:
    with service([answer]) as (host, profiles):

        def is_answered() -> bool:
            profiles.want(DIDS[0])
            return any(profiles.found())

        wait_until(is_answered)

    assert host.looked_up == [[DIDS[0]], [DIDS[0]]]


def source_of(host: Jetstream, profiles_url: str) -> Bluesky:
    return Bluesky(BlueskySettings(hosts=[host.url], profiles_url=profiles_url), SystemClock())


def events_until(source: Bluesky, is_last: Any) -> list[Event]:
    deadline = time.monotonic() + 15
    events = []
    for received in source.events(None):
        assert time.monotonic() < deadline
        if isinstance(received, Item):
            json.dumps(received.cursor)
            events.append(received.event)
            if is_last(received.event):
                break
    return events


def test_profiles_come_beside_the_stream_and_again_after_the_author_has_changed() -> None:
    did = DIDS[0]
    sent = [
        as_bytes(message)
        for message in (commit("3ka", did=did), identity(did), commit("3kb", did=did))
    ]
    script: list[Connection] = [[Messages(1), Hold(0.8), Messages(), Hold()]]
    with (
        Jetstream(Firehose(sent), script=script, people=PEOPLE) as host,
        closing(source_of(host, host.http_url)) as source,
    ):
        seen: list[bytes] = []

        def is_last(event: Event) -> bool:
            seen.append(event.value)
            return seen.count(PEOPLE[did]) == 2

        events_until(source, is_last)

    assert [value for value in seen if value != PEOPLE[did]] == sent
    assert host.looked_up == [[did], [did]]


def test_a_service_that_is_not_there_stops_no_stream() -> None:
    sent = messages(3_000, authors=3_000)
    with (
        Jetstream(Firehose(sent)) as host,
        closing(source_of(host, "http://127.0.0.1:9")) as source,
    ):
        assert [
            event.value for event in events_until(source, lambda event: event.value == sent[-1])
        ] == sent
