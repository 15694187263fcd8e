"""What a stream did not bring comes by pages, and the gap is told: the source against the stand-in
for an instance."""

import itertools
import time
from contextlib import closing

import pytest
from mastodon_listening import (
    POSTS,
    TOKEN,
    events_of,
    gaps_of,
    instance_of,
    is_over,
    source_of,
    taken,
    until,
    values,
    wait_for,
)
from mastodon_payloads import id_of, status, statuses
from payloads import as_bytes
from stand_ins.mastodon_api import MastodonInstance
from stand_ins.mastodon_script import (
    Action,
    Close,
    Connection,
    Cut,
    Hold,
    Posts,
    Refuse,
    Say,
    Unsent,
)

from tidemark.contracts.coverage import Cause, Gap, State

ENDINGS: dict[str, list[Action]] = {"closed": [Close()], "cut": [Cut()]}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_what_a_cut_missed_is_fetched_and_nothing_comes_twice(ending: list[Action]) -> None:
    posts = statuses(130)
    script: list[Connection] = [[Posts(3), Unsent(100), *ending], [Posts(5), Unsent(2), *ending]]
    with instance_of(posts, script) as instance, closing(source_of(instance)) as source:
        found = until(source.events(None), lambda all_: len(events_of(all_)) == 130)
        found += list(itertools.islice(source.events(None), 0))

    assert sorted(event.value for event in events_of(found)) == sorted(posts)
    assert gaps_of(found) == []  # it took less than shortest_gap_s
    assert instance.pages_asked() >= 3


def test_a_longer_cut_is_a_gap_that_opens_and_is_healed_with_what_was_missed() -> None:
    script: list[Connection] = [[Posts(3), Unsent(4), Cut()], Refuse(500), Refuse(500), [Hold()]]
    with (
        instance_of(script=script) as instance,
        closing(source_of(instance, shortest_gap_s=0.2, first_retry_s=0.2)) as source,
    ):
        before_us = time.time_ns() // 1000
        found = until(source.events(None), is_over)

    opened, healed = gaps_of(found)
    assert opened == Gap(opened.began_at, Cause.CUT)
    assert healed == Gap(opened.began_at, Cause.CUT, State.HEALED, healed.ended_at, events=4)
    assert healed.ended_at is not None
    assert before_us <= opened.began_at <= healed.ended_at <= time.time_ns() // 1000
    assert [event.value for event in events_of(found)] == POSTS[:7]
    assert found.index(opened) == 3
    assert found.index(healed) == len(found) - 1


def test_what_the_stream_brings_meanwhile_is_not_held_up_by_catching_up() -> None:
    posts = statuses(45)
    script: list[Connection] = [[Posts(1), Unsent(41), Cut()], [Say("update", posts[44]), Hold()]]
    refusals = [None, None, Refuse(503), Refuse(503), None, None, None]
    with (
        instance_of(posts, script, page_refusals=refusals) as instance,
        closing(source_of(instance, first_retry_s=0.3)) as source,
    ):
        found = events_of(until(source.events(None), lambda all_: len(events_of(all_)) == 43))

    assert found[1].value == posts[44]
    assert sorted(event.value for event in found) == sorted([*posts[:42], posts[44]])


def test_silence_is_a_gap_and_heartbeats_are_none() -> None:
    script: list[Connection] = [
        [Posts(1), Hold(for_s=1.0), Posts(1), Hold(silent=True)],
        [Posts(1), Hold()],
    ]
    with (
        instance_of(script=script, heartbeat_s=0.05) as instance,
        closing(source_of(instance, shortest_gap_s=0.3, silent_s=0.5)) as source,
    ):
        found = until(source.events(None), lambda all_: is_over(all_) and len(events_of(all_)) == 3)

    assert [event.value for event in events_of(found)] == POSTS[:3]
    assert [(gap.why, gap.state) for gap in gaps_of(found)] == [
        (Cause.SILENCE, State.OPEN),
        (Cause.SILENCE, State.HEALED),
    ]
    assert len(instance.connected_at_s) == 2


def test_posts_that_came_out_of_order_before_the_cut_are_fetched_too() -> None:
    first, late, last = (
        as_bytes(
            status(
                0, id=str(int(id_of(0)) + (seconds * 1000 << 16)), uri=f"https://made.up/{seconds}"
            )
        )
        for seconds in (0, 5, 8)
    )
    script: list[Connection] = [
        [Say("update", first), Say("update", last), Unsent(3), Cut()],
        [Hold()],
    ]
    with (
        instance_of([first, late, last], script) as instance,
        closing(source_of(instance)) as source,
    ):
        assert values(taken(source, 3)) == [first, last, late]


def test_a_gap_that_is_too_large_is_lost_with_what_was_had() -> None:
    posts = statuses(200)
    script: list[Connection] = [[Posts(1), Unsent(190), Cut()], [Hold()], [Posts(2), Hold()]]
    with (
        instance_of(posts, script) as instance,
        closing(source_of(instance, max_pages=2)) as source,
    ):
        found = until(source.events(None), is_over)
        assert len(events_of(found)) == 80

    (lost,) = gaps_of(found)
    assert (lost.state, lost.why, lost.events) == (State.LOST, Cause.CUT, 79)
    assert lost.ended_at is not None


def test_a_page_that_does_not_get_on_is_given_up() -> None:
    nameless = [as_bytes({"created_at": "2026-03-01T12:00:00Z"})] * 3

    class Odd(MastodonInstance):
        def page(self, query: dict[str, str]) -> bytes:
            return (
                super().page(query) if "min_id" not in query else b"[" + b",".join(nameless) + b"]"
            )

    with (
        Odd(POSTS, script=[[Posts(1), Unsent(3), Cut()], [Hold()]], token=TOKEN) as instance,
        closing(source_of(instance)) as source,
    ):
        found = until(source.events(None), is_over)

    assert [event.value for event in events_of(found)] == [POSTS[0], *nameless]
    assert gaps_of(found)[-1].state is State.LOST


def test_it_is_not_healed_by_pages_that_come_when_the_stream_is_cut_again() -> None:
    class Slow(MastodonInstance):
        def page(self, query: dict[str, str]) -> bytes:
            if "min_id" in query:
                wait_for(lambda: len(self.connected_at_s) >= 3)
            return super().page(query)

    script: list[Connection] = [
        [Posts(1), Unsent(2), Cut()],
        [Hold(for_s=0.1), Cut()],
        Refuse(503),
        Refuse(503),
        [Hold()],
    ]
    with (
        Slow(POSTS, script=script, token=TOKEN) as instance,
        closing(source_of(instance, shortest_gap_s=0.05, first_retry_s=0.2)) as source,
    ):
        found = until(source.events(None), is_over)

    assert len(instance.connected_at_s) == 5
    assert gaps_of(found)[-1].events == 2


def test_not_heard_from_the_start_is_a_gap_that_is_lost() -> None:
    with (
        instance_of(script=[Refuse(503), Refuse(503), [Posts(1), Hold()]]) as instance,
        closing(source_of(instance, shortest_gap_s=0.05, first_retry_s=0.2)) as source,
    ):
        found = until(source.events(None), is_over)

    assert [(gap.why, gap.state) for gap in gaps_of(found)] == [
        (Cause.REFUSED, State.OPEN),
        (Cause.REFUSED, State.LOST),
    ]
