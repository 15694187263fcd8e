"""Copies and versions of one post in several partitions: what stands does not depend on when they
are merged."""

import itertools
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from drivers import TABLES, ask, driver, rows_read, stored
from kafka_records import RECEIVED_US, Record, headers_of
from payloads import as_bytes, v2_hashtags, v2_post, v2_user

from tidemark.settings import MysqlSettings

AT = datetime(2026, 3, 1, 12, 30)
VISIBLE = [table for table in TABLES if table != "rejected"]


def record(payload: bytes, partition: int, offset: int = 0, arrived: int = 0) -> Record:
    return Record(payload, offset, partition, headers=headers_of("x", RECEIVED_US + arrived))


def version(
    post_id: str, *tags: str, history: Sequence[str], minute: int = 0, followers: int = 5
) -> bytes:
    written = v2_post(
        post_id,
        entities={"hashtags": v2_hashtags(*tags)},
        edit_history_tweet_ids=list(history),
        created_at=f"2026-03-01T12:{30 + minute}:00.000Z",
    )
    user = v2_user(public_metrics={"following_count": 7, "followers_count": followers})
    return as_bytes(written | {"includes": {"users": [user]}})


def merged_one_by_one(settings: MysqlSettings, records: Sequence[Record]) -> dict[str, Any]:
    with driver(settings) as running:
        for one in records:
            running.merge([one])
    return {table: stored(settings)[table] for table in VISIBLE}


ORDERS = list(itertools.permutations(range(3)))


@pytest.mark.parametrize("order", ORDERS)
def test_an_edited_post_of_x_is_one_post_whatever_order_its_versions_come_in(
    tables: MysqlSettings, order: tuple[int, ...]
) -> None:
    versions = [
        record(version("7111", "tide", "regata", history=["7111"], followers=5), 0),
        record(
            version("7112", "tide", "regatta", history=["7111", "7112"], minute=2, followers=6),
            1,
            arrived=1,
        ),
        record(
            version("7113", "Tide", history=["7111", "7112", "7113"], minute=4, followers=7),
            2,
            arrived=2,
        ),
    ]

    merged_one_by_one(tables, [versions[at] for at in order])

    assert ask(
        tables, "SELECT post_id, op, created_at, nb_hashtags, kafka_partition FROM posts"
    ) == [("7111", "update", AT, 1, 2)]
    assert ask(tables, "SELECT hashtag, spelling, created_at FROM hashtags") == [
        ("tide", "Tide", AT)
    ]
    for table, start in (
        ("minute", AT),
        ("hour", AT.replace(minute=0)),
        ("day", AT.replace(hour=0, minute=0)),
    ):
        assert ask(tables, f"SELECT {table}_at, hashtag, uses FROM hashtag_{table}s") == [
            (start, "tide", 1)
        ]
    assert ask(tables, "SELECT minute_at, posts, edits, hashtag_uses FROM post_minutes") == [
        (AT, 1, 1, 1)
    ]
    assert ask(tables, "SELECT posts, nb_followers, first_seen_at, last_seen_at FROM users") == [
        (1, 7, AT, AT.replace(minute=34))
    ]


@pytest.mark.parametrize("order", ORDERS)
def test_of_copies_the_one_that_knows_its_author_stands_then_the_one_that_came_first(
    tables: MysqlSettings, order: tuple[int, ...]
) -> None:
    known = v2_post("9001", hashtags=["tide"])
    nobody = v2_post("9001", hashtags=["tide", "ebb"], author_id=None)
    copies = [
        record(as_bytes(nobody), 0, arrived=0),
        record(as_bytes(known), 1, arrived=1),
        record(as_bytes(v2_post("9001", hashtags=["late"])), 2, arrived=2),
    ]

    merged_one_by_one(tables, [copies[at] for at in order])

    assert ask(tables, "SELECT post_id, user_id, kafka_partition FROM posts") == [
        ("9001", "501", 1)
    ]
    assert ask(tables, "SELECT hashtag FROM hashtags") == [("tide",)]
    assert ask(tables, "SELECT hashtag, uses FROM hashtag_minutes") == [("tide", 1)]
    assert ask(tables, "SELECT user_id, username, posts FROM users") == [("501", "ana_lima", 1)]


def test_a_copy_that_brings_the_profile_completes_one_that_has_the_authors_id_alone(
    tables: MysqlSettings,
) -> None:
    bare = v2_post("9001")
    del bare["includes"]

    merged_one_by_one(
        tables, [record(as_bytes(bare), 0), record(as_bytes(v2_post("9001")), 1, arrived=1)]
    )

    assert ask(tables, "SELECT user_id, username, nb_friends, posts FROM users") == [
        ("501", "ana_lima", 120, 1)
    ]
    assert ask(tables, "SELECT kafka_partition FROM posts") == [(0,)]


@pytest.mark.parametrize("seed", range(4))
def test_in_one_batch_or_in_many_versions_and_copies_give_the_same_tables(
    tables: MysqlSettings, seed: int
) -> None:
    dice = random.Random(5)
    history = [str(7_000 + at) for at in range(5)]
    payloads = [
        version(
            history[place],
            *dice.sample(["tide", "Ebb", "été", "東京"], k=dice.randrange(3)),
            history=history[: place + 1],
            minute=dice.randrange(5),
            followers=place,
        )
        for place in (0, 1, 2, 3, 4, 1, 3, 4)
    ]
    # Each has a place and an arrival of its own, whatever the order in which the partitions are
    # read.
    records = [record(payload, at % 3, at // 3, arrived=at) for at, payload in enumerate(payloads)]
    by_partition = [
        [one for one in records if one.partition == partition] for partition in range(3)
    ]
    turns = [partition for partition, theirs in enumerate(by_partition) for _ in theirs]
    random.Random(seed).shuffle(turns)
    queues = [iter(theirs) for theirs in by_partition]
    shuffled = [next(queues[partition]) for partition in turns]

    one_by_one = merged_one_by_one(tables, shuffled)
    with driver(tables) as running, running.connection.cursor() as cursor:
        for table in (*VISIBLE, "ledger"):
            cursor.execute(f"DELETE FROM {table}")
        running.connection.commit()
    with driver(tables) as running:
        running.merge(records)

    assert {table: stored(tables)[table] for table in VISIBLE} == one_by_one


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_of_two_deletes_the_one_that_came_first_stands(
    tables: MysqlSettings, order: tuple[int, ...]
) -> None:
    notice = as_bytes({"delete": {"status": {"id": 9001, "id_str": "9001", "user_id": 501}}})
    deletes = [record(notice, 1, arrived=0), record(notice, 0, arrived=1)]

    merged_one_by_one(tables, [deletes[at] for at in order])

    assert ask(tables, "SELECT post_id, op, kafka_partition FROM posts") == [("9001", "delete", 1)]


def test_the_work_of_a_large_batch_with_repeats_grows_with_its_rows_alone(
    tables: MysqlSettings,
) -> None:
    """No statement may look at all rows for each row: 72,000 posts took more than four minutes
    where one did."""
    posts = [
        record(version(str(at), "tide", history=[str(at)]), at % 3, at // 3, arrived=at)
        for at in range(3_000)
    ]
    again = [
        record(
            version(f"9{at:04}", "ebb", history=[str(at), f"9{at:04}"]),
            at % 3,
            1_000 + at // 3,
            arrived=3_000 + at,
        )
        for at in range(600)
    ]

    with driver(tables) as running, running.connection.cursor() as cursor:
        before = rows_read(cursor)
        running.merge([*posts, *again])
        read = rows_read(cursor) - before

    assert ask(tables, "SELECT COUNT(*), SUM(op = 'update') FROM posts") == [(3_000, 600)]
    assert read < 100 * len(posts)
