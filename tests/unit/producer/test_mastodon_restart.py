"""Left and taken up again: the source against the stand-in for a Mastodon instance."""

import itertools
import random
import time
from contextlib import closing

import pytest
from mastodon_listening import (
    PATIENCE_S,
    POSTS,
    events_of,
    gaps_of,
    instance_of,
    is_over,
    minutes_before,
    source_of,
    taken,
    until,
    values,
    wait_for,
)
from mastodon_payloads import id_of, status, statuses
from payloads import as_bytes
from stand_ins.mastodon_script import Action, Close, Connection, Cut, Hold, Posts, Refuse, Unsent

from tidemark.contracts.coverage import Cause, Gap, State


def test_taken_up_again_it_fetches_what_was_written_while_it_was_stopped() -> None:
    script: list[Connection] = [[Posts(3), Hold()], [Hold()]]
    with instance_of(script=script) as instance:
        with closing(source_of(instance)) as source:
            cursor = taken(source, 3)[-1][1]
        wait_for(lambda: instance.open_streams == 0)
        list(instance.write(4))
        old = minutes_before(cursor)
        with closing(source_of(instance, shortest_gap_s=5)) as source:
            found = until(source.events(old), is_over)

    assert found[0] == Gap(int(old["heard_at"]), Cause.STOPPED)
    assert [event.value for event in events_of(found)] == POSTS[3:7]
    healed = gaps_of(found)[-1]
    assert healed == Gap(
        int(old["heard_at"]), Cause.STOPPED, State.HEALED, healed.ended_at, events=4
    )


def test_a_hashtag_that_is_new_has_missed_nothing_while_it_was_stopped() -> None:
    with instance_of(script=[[Posts(3), Hold()], [Hold()], [Hold()]]) as instance:
        with closing(source_of(instance, hashtags=["kafka"])) as source:
            cursor = minutes_before(taken(source, 3)[-1][1])
        with closing(source_of(instance, hashtags=["kafka", "spark"], shortest_gap_s=5)) as source:
            found = until(source.events(cursor), is_over)

    assert [(gap.why, gap.state) for gap in gaps_of(found)] == [
        (Cause.STOPPED, State.OPEN),
        (Cause.STOPPED, State.HEALED),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_left_at_any_moment_of_any_trouble_it_loses_nothing_in_the_end(seed: int) -> None:
    dice = random.Random(seed)
    posts = statuses(200)
    troubles: list[list[Action]] = [
        [Cut()],
        [Close()],
        [Hold(for_s=0.05), Cut()],
        [Hold(silent=True)],
    ]
    script: list[Connection] = [[Posts(10), Hold(for_s=0.3)]]
    for _ in range(6):
        trouble = dice.choice(troubles)
        script += [
            [Posts(dice.randint(0, 9)), Unsent(dice.randint(0, 50)), *trouble],
            Refuse(dice.choice([429, 503])),
        ]
    refusals = [dice.choice([None, None, None, Refuse(500), Refuse(429)]) for _ in range(20)]
    deadline = time.monotonic() + 3 * PATIENCE_S
    with instance_of(posts, script, page_refusals=[None, None, *refusals]) as instance:
        with closing(source_of(instance)) as source:
            ((first, cursor),) = taken(source, 1)
        came = {first.value}
        while len(came) < len(posts):
            with closing(source_of(instance, silent_s=0.3, shortest_gap_s=0.05)) as source:
                patience = dice.randint(1, 60)
                for received in itertools.islice(source.events(cursor), patience):
                    if isinstance(received, tuple):
                        came.add(received[0].value)
                        cursor = received[1]
            assert time.monotonic() < deadline

    assert came == set(posts)


def test_stopped_for_a_moment_only_it_tells_no_gap() -> None:
    with instance_of(script=[[Posts(3), Hold()], [Posts(2), Hold()]]) as instance:
        with closing(source_of(instance)) as source:
            cursor = taken(source, 3)[-1][1]
        with closing(source_of(instance, shortest_gap_s=5)) as source:
            found = until(source.events(cursor), lambda all_: len(events_of(all_)) == 2)

    assert gaps_of(found) == []


def test_stopped_in_a_gap_it_goes_on_with_the_same_gap() -> None:
    script: list[Connection] = [[Posts(1), Unsent(50), Cut()], Refuse(503), [Hold()], [Hold()]]
    refusals = [None, None, None, None, *([Refuse(503)] * 3)]
    posts = statuses(51)
    with instance_of(posts, script, page_refusals=refusals) as instance:
        with closing(source_of(instance, shortest_gap_s=0.05, first_retry_s=0.2)) as source:
            first = until(source.events(None), lambda all_: len(events_of(all_)) == 41)
        cursor = next(item for item in reversed(first) if isinstance(item, tuple))[1]
        with closing(source_of(instance, shortest_gap_s=0.05)) as source:
            rest = until(source.events(cursor), is_over)

    opened, healed = gaps_of(first)[0], gaps_of(rest)[-1]
    assert (healed.began_at, healed.why, healed.state) == (opened.began_at, Cause.CUT, State.HEALED)
    assert {event.value for event in events_of(first + rest)} == set(posts)


def test_another_instance_is_started_from_now_and_what_was_between_is_lost() -> None:
    with (
        instance_of(script=[[Posts(2), Hold()]]) as instance,
        closing(source_of(instance)) as source,
    ):
        cursor = taken(source, 2)[-1][1]
    old = minutes_before(cursor)
    with (
        instance_of(written=POSTS[:4], posts=POSTS[4:]) as other,
        closing(source_of(other, shortest_gap_s=5)) as source,
    ):
        found = until(source.events(old), lambda all_: is_over(all_) and len(events_of(all_)) >= 4)

    assert gaps_of(found)[-1].state is State.LOST
    assert [event.value for event in events_of(found)][-4:] == POSTS[4:]


@pytest.mark.parametrize("is_of_an_older_version", [False, True])
def test_posts_of_the_last_seconds_which_its_pages_have_again_come_once(
    is_of_an_older_version: bool,
) -> None:
    ids = [str(int(id_of(0)) + (1_000 * number << 16)) for number in range(6)]
    posts = [as_bytes(status(id=post_id, uri=f"https://made.up/{post_id}")) for post_id in ids]
    with instance_of(posts, [[Posts(4), Hold()]]) as instance:
        with closing(source_of(instance)) as source:
            first = taken(source, 4)
        with closing(source_of(instance, shortest_gap_s=5)) as source:
            after = minutes_before(first[-1][1])
            if is_of_an_older_version:
                known = {"recent": " ".join(f"{post_id}@" for post_id in ids[:4])}
                after = {name: after[name] for name in ("host", "had", "heard_at")} | known
            rest = until(
                source.events(after), lambda all_: is_over(all_) and len(events_of(all_)) == 2
            )

    assert values(first) + [event.value for event in events_of(rest)] == posts
