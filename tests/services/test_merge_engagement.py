"""Observations in any order, doubled, late: windows and days are those of a recompute."""

import itertools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from drivers import ask, counted_progress
from job_drivers import JobDriver, job_driver
from kafka_records import RECEIVED_US, Record, headers_of
from killed_merges import is_killed, killed_at
from recompute import Rows, in_order
from recompute_engagement import COUNTS, recompute_engagement

from spark_jobs.engagement_job import JOB
from spark_jobs.merges.engagement import merge_engagement
from spark_jobs.merges.run import Run
from tidemark import mysql
from tidemark.settings import MysqlSettings

HOUR_US = 3_600_000_000
MIDNIGHT_US = 1_772_323_200_000_000  # 2026-03-01, half a day before RECEIVED_US
TABLES = {
    "engagement": "source, post_id, observed_at, query, author_id, "
    f"{', '.join(COUNTS)}, followers, kafka_partition, kafka_offset",
    "engagement_windows": "*",
    "engagement_days": "*",
}

Value = tuple[str, bytes]
"""The source and the payload of a record."""


def observed(post_id: str, at_us: int, *, source: str = "x", **fields: object) -> Value:
    return source, json.dumps({"post_id": post_id, "observed_at": at_us} | fields).encode()


def made_up(dice: random.Random, number: int) -> list[Value]:
    """Observations of 20 posts of 6 authors around midnight, for some queries, with a part of the counts."""
    at_us = [MIDNIGHT_US + dice.randrange(-HOUR_US, HOUR_US) for _ in range(20)]
    counts = [dict.fromkeys((*COUNTS, "followers"), 0) for _ in range(20)]
    values: list[Value] = []
    for _ in range(number):
        post = dice.randrange(20)
        at_us[post] += dice.choice([1, 999_999, 4_000_000, 10_000_000, 61_000_007, HOUR_US // 4])
        for name in counts[post]:
            counts[post][name] = max(0, counts[post][name] + dice.randrange(-3, 30))
        reported: dict[str, Any] = {
            name: count for name, count in counts[post].items() if dice.random() < 0.9
        }
        if dice.random() < 0.9:
            reported["author_id"] = f"a{post % 6}"
        query = dice.choice(["cats", "cats", "CATS", "naïve 🐈"]) if post % 5 else ""
        source = "x" if post % 7 else "bluesky"
        values.append(observed(f"p{post}", at_us[post], source=source, query=query, **reported))
    # A page of posts of one author, read at the same instant.
    values += [
        observed(f"p{post}", MIDNIGHT_US, query="cats", author_id="a1", followers=post, likes=post)
        for post in range(100, 104)
    ]
    return values


def lay(values: Sequence[Value], dice: random.Random) -> list[Record]:
    """Return the records as they lie in their partitions: copies of an observation in one, by its post."""
    offsets = [0, 0, 0]
    records = []
    for source, value in values:
        partition = sum(json.loads(value)["post_id"].encode()) % 3
        headers = headers_of(source, RECEIVED_US + dice.randrange(10**6))
        records.append(Record(value, offsets[partition], partition, "engagement", headers))
        offsets[partition] += 1
    return records


def random_batches(records: Sequence[Record], dice: random.Random) -> Iterator[list[Record]]:
    """Yield batches; each partition is read in order, how far by chance."""
    waiting = [[record for record in records if record.partition == at] for at in range(3)]
    while any(waiting):
        batch = []
        for at in range(3):
            size = dice.choice([0, 1, 2, 7, 30, 100])
            batch += waiting[at][:size]
            waiting[at] = waiting[at][size:]
        yield batch


@contextmanager
def engagement_driver(
    settings: MysqlSettings, merge: Callable[[Run], None] = merge_engagement
) -> Iterator[JobDriver]:
    with job_driver(settings, replace(JOB, merge=merge)) as running:
        yield running


def stored(settings: MysqlSettings) -> dict[str, Rows]:
    found = {}
    for table, columns in TABLES.items():
        rows = ask(settings, f"SELECT {columns} FROM {table}")
        found[table] = in_order([tuple(row) for row in rows])
    return found


def merge_all(settings: MysqlSettings, *batches: Sequence[Record]) -> dict[str, Rows]:
    with engagement_driver(settings) as running:
        for batch in batches:
            running.merge(batch)
    return stored(settings)


@pytest.mark.parametrize("seed", range(6))
def test_any_order_any_doubles_and_any_batches_give_the_sums_of_a_recompute(
    tables: MysqlSettings, seed: int
) -> None:
    values = made_up(random.Random(1), 400)
    dice = random.Random(seed)
    values += dice.choices(values, k=100)
    if seed:
        dice.shuffle(values)
    records = lay(values, dice)

    with engagement_driver(tables) as running:
        for number, batch in enumerate(random_batches(records, dice)):
            running.merge(batch)
            if number % 5 == 0:
                done = running.ledger.next_offsets
                read = [one for one in records if one.offset < done["engagement", one.partition]]
                assert stored(tables) == recompute_engagement(read)

    found = stored(tables)
    assert found == recompute_engagement(records)
    in_one_order = recompute_engagement(lay(made_up(random.Random(1), 400), dice), is_ordered=True)
    assert {table: found[table] for table in in_one_order} == in_one_order


def sums(settings: MysqlSettings, period: str, columns: str) -> Rows:
    return ask(settings, f"SELECT {columns} FROM engagement_{period}s ORDER BY {period}_at")


def test_an_observation_between_two_others_corrects_the_change_of_the_later_one(
    tables: MysqlSettings,
) -> None:
    first, late, last = (
        observed("p", MIDNIGHT_US + at_s * 1_000_000, likes=likes)
        for at_s, likes in ((0, 5), (60, 11), (3600, 12))
    )
    records = lay([first, last, late], random.Random(1))

    merge_all(tables, records[:2])
    assert sums(tables, "window", "observations, firsts, likes, more_likes") == [
        (1, 1, 5, 0),
        (1, 0, 12, 7),
    ]

    merge_all(tables, records[2:])
    assert sums(tables, "window", "observations, firsts, likes, more_likes") == [
        (1, 1, 5, 0),
        (1, 0, 11, 6),
        (1, 0, 12, 1),
    ]
    assert sums(tables, "day", "observations, posts, firsts, likes, more_likes") == [
        (3, 1, 1, 12, 7)
    ]


def test_followers_count_once_an_author_and_day_and_likes_as_they_stood_last(
    tables: MysqlSettings,
) -> None:
    at_us = (MIDNIGHT_US, MIDNIGHT_US + HOUR_US, MIDNIGHT_US + 2 * HOUR_US)
    values = [
        observed("p", at_us[1], author_id="a", followers=110, likes=7),
        observed("q", at_us[0], author_id="a", followers=100, likes=1),
        observed("q", at_us[2], author_id="b", followers=50),
        observed("r", at_us[2], followers=1_000),
    ]

    merge_all(tables, lay(values, random.Random(1)))

    assert sums(tables, "day", "posts, likes, followers") == [(3, 7, 160)]


def test_what_is_no_observation_is_rejected_and_the_rest_stored(tables: MysqlSettings) -> None:
    values = [("x", b"{}"), observed("p", MIDNIGHT_US, likes=-1, replies=2)]
    records = [
        Record(value, offset, 0, "engagement", headers_of(source))
        for offset, (source, value) in enumerate(values)
    ]

    merge_all(tables, records)

    assert ask(tables, "SELECT source, reason, payload FROM rejected") == [
        ("x", "not_an_observation", b"{}")
    ]
    assert ask(tables, "SELECT post_id, likes, replies FROM engagement") == [("p", None, 2)]
    assert ask(tables, "SELECT source, kind, records FROM oddity_minutes") == [
        ("x", "bad_count", 1)
    ]
    assert counted_progress(tables) == (1, 2, 1)


def test_a_driver_that_dies_at_any_step_of_a_merge_leaves_nothing_and_the_next_one_goes_on(
    tables: MysqlSettings,
) -> None:
    dice = random.Random(2)
    values = made_up(dice, 60)
    records = lay([*values, *values[:9]], dice)
    merged = merge_all(tables, records[:30])

    for step in itertools.count():
        with engagement_driver(tables, killed_at(merge_engagement, step)) as running:
            if not is_killed(partial(running.merge, records[30:])):
                break
        assert stored(tables) == merged, f"died before step {step}"

    assert step > 10
    assert stored(tables) == recompute_engagement(records)


def test_a_topic_that_is_read_again_from_the_start_changes_nothing(tables: MysqlSettings) -> None:
    records = lay(made_up(random.Random(3), 60), random.Random(3))
    merged = merge_all(tables, records)
    with mysql.connect(tables, "writer") as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger")
        connection.commit()

    assert merge_all(tables, records[:7], records[7:]) == merged
