"""Accounts of Bluesky that go and come back: the tables are those of what is to be seen in the end,
in any order."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from bluesky_payloads import POST, TIME_US, account, commit, deleted, profile, record
from drivers import ask, driver, rows_read
from kafka_records import RECEIVED_US, Record, headers_of
from payloads import Json, as_bytes

from tidemark.settings import MysqlSettings

EPOCH = datetime(1970, 1, 1)
MINUTE_US = 60_000_000
ANA, BEN = "did:plc:ana", "did:plc:ana0"
"""The one's id is the beginning of the other's: nothing of Ben's may go with Ana."""


def at_minute(minute: int) -> int:
    return TIME_US + minute * MINUTE_US


def as_records(messages: Sequence[Json], partitions: Sequence[int] | None = None) -> list[Record]:
    offsets: Counter[int] = Counter()
    records = []
    for at, message in enumerate(messages):
        partition = partitions[at] if partitions else 0
        headers = headers_of("bluesky", RECEIVED_US + 24 * 60 * MINUTE_US + at)
        records.append(Record(as_bytes(message), offsets[partition], partition, headers=headers))
        offsets[partition] += 1
    return records


def post(did: str, rkey: str, minute: int, *tags: str) -> Json:
    return commit(rkey, did=did, time_us=at_minute(minute), record=record(hashtags=tags))


def gone(did: str, status: str, minute: int) -> Json:
    return account(did, active=False, status=status, time_us=at_minute(minute))


def back(did: str, minute: int) -> Json:
    return account(did, active=True, time_us=at_minute(minute))


BEFORE = (post(ANA, "a1", 1, "tide", "ebb"), post(ANA, "a2", 2, "tide"), post(BEN, "b1", 1, "tide"))
QUESTIONS = (
    "SELECT post_id, op, user_id, nb_hashtags, created_at, version_at, kafka_partition, kafka_offset, text FROM posts",
    "SELECT post_id, position, hashtag, spelling, created_at FROM hashtags",
    "SELECT user_id, username, nb_friends, posts, first_seen_at, last_seen_at, profile_at FROM users",
    "SELECT * FROM post_minutes",
    *(
        f"SELECT {grain}_at, source, hashtag, uses FROM hashtag_{grain}s"
        for grain in ("minute", "hour", "day")
    ),
)


def tables_of(settings: MysqlSettings) -> list[list[str]]:
    return [sorted(map(str, ask(settings, question))) for question in QUESTIONS]


def merge(settings: MysqlSettings, batches: Sequence[Sequence[Record]]) -> None:
    with driver(settings) as running:
        for batch in batches:
            running.merge(batch)


def in_batches_of(records: Sequence[Record], size: int) -> list[Sequence[Record]]:
    return [records[first : first + size] for first in range(0, len(records), size)]


@pytest.mark.parametrize("size", [1, 100])
def test_what_a_deleted_account_wrote_is_gone_from_every_table_and_sum(
    tables: MysqlSettings, size: int
) -> None:
    messages = [
        *BEFORE,
        profile(ANA, handle="ana.example"),
        gone(ANA, "deleted", 5),
        post(ANA, "late", 3, "tide"),
    ]

    merge(tables, in_batches_of(as_records(messages), size))

    assert ask(tables, "SELECT post_id FROM posts") == [(f"at://{BEN}/{POST}/b1",)]
    assert ask(tables, "SELECT post_id, hashtag FROM hashtags") == [
        (f"at://{BEN}/{POST}/b1", "tide")
    ]
    assert ask(tables, "SELECT user_id, posts FROM users") == [(BEN, 1)]
    assert ask(tables, "SELECT hashtag, SUM(uses) FROM hashtag_minutes GROUP BY hashtag") == [
        ("tide", 1)
    ]
    assert ask(tables, "SELECT hashtag, uses FROM hashtag_days") == [("tide", 1)]
    assert ask(tables, "SELECT SUM(posts), SUM(hashtag_uses) FROM post_minutes") == [(1, 1)]
    assert ask(tables, "SELECT user_id, state FROM accounts") == [(ANA, "deleted")]
    assert ask(tables, "SELECT COUNT(*) FROM hidden_records") == [(0,)]


@pytest.mark.parametrize("status", ["takendown", "suspended", "deactivated", "something_new"])
@pytest.mark.parametrize("size", [1, 100])
def test_a_hidden_account_is_not_to_be_seen_until_it_comes_back(
    tables: MysqlSettings, size: int, status: str
) -> None:
    told = [*BEFORE, profile(ANA, handle="ana.example")]
    meanwhile = [post(ANA, "a3", 6, "flood"), deleted("a2", did=ANA, time_us=at_minute(7))]
    records = as_records(
        [*told, gone(ANA, status, 5), *meanwhile, back(ANA, 9), post(ANA, "a4", 10, "tide")]
    )
    hidden, shown = records[: len(told) + 3], records[len(told) + 3 :]

    merge(tables, in_batches_of(hidden, size))
    assert ask(tables, "SELECT user_id, posts FROM users") == [(BEN, 1)]
    assert ask(tables, "SELECT DISTINCT post_id FROM hashtags") == [(f"at://{BEN}/{POST}/b1",)]
    assert ask(tables, "SELECT SUM(posts), SUM(hashtag_uses) FROM post_minutes") == [(1, 1)]
    assert ask(tables, "SELECT hashtag, SUM(uses) FROM hashtag_hours GROUP BY hashtag") == [
        ("tide", 1)
    ]

    merge(tables, in_batches_of(shown, size))
    assert ask(tables, "SELECT user_id, username, posts FROM users ORDER BY user_id") == [
        (ANA, "ana.example", 3),
        (BEN, None, 1),
    ]
    assert sorted(ask(tables, "SELECT hashtag, SUM(uses) FROM hashtag_hours GROUP BY hashtag")) == [
        ("ebb", 1),
        ("flood", 1),
        ("tide", 3),
    ]
    assert ask(
        tables, "SELECT (SELECT COUNT(*) FROM hidden_records) + (SELECT COUNT(*) FROM hidden_users)"
    ) == [(0,)]


def test_a_host_that_throttles_an_account_changes_nothing(tables: MysqlSettings) -> None:
    merge(
        tables, [as_records([*BEFORE, gone(ANA, "throttled", 5), gone(ANA, "desynchronized", 6)])]
    )

    assert ask(tables, "SELECT COUNT(*) FROM posts") == [(3,)]
    assert ask(tables, "SELECT COUNT(*) FROM accounts") == [(0,)]


def made_up(dice: random.Random) -> list[Json]:
    """Five accounts that write, edit and delete, and come and go."""
    told: list[Json] = []
    for number in range(5):
        did = f"did:plc:author{number}"
        for minute in range(0, 60, 3):
            rkey = f"k{dice.randrange(12)}"
            tags = dice.sample(
                ["tide", "ebb", "été", *(f"many{n}" for n in range(80))],
                k=dice.choice([0, 1, 2, 80]),
            )
            what = dice.choice(["create", "create", "update", "delete", "gone", "back"])
            if what == "gone":
                told.append(
                    gone(did, dice.choice(["takendown", "suspended", "deactivated"]), minute)
                )
            elif what == "back":
                told.append(back(did, minute))
            elif what == "delete":
                told.append(deleted(rkey, did=did, time_us=at_minute(minute)))
            else:
                said = record(hashtags=tags)
                told.append(
                    commit(rkey, did=did, time_us=at_minute(minute), operation=what, record=said)
                )
        if number == 0:
            told.append(gone(did, "deleted", 61))
    return told


def expected(told: Sequence[Json]) -> dict[str, Any]:
    """Of those who are there in the end: posts by id with hashtags, and uses by hashtag."""
    state: dict[str, tuple[int, bool]] = {}
    for message in told:
        if message["kind"] == "account":
            state[message["did"]] = max(
                state.get(message["did"], (0, True)),
                (message["time_us"], message["account"]["active"]),
            )
    posts: dict[str, Any] = {}
    dead: set[str] = set()
    for message in sorted((m for m in told if m["kind"] == "commit"), key=lambda m: m["time_us"]):
        said = message["commit"]
        post_id = f"at://{message['did']}/{POST}/{said['rkey']}"
        if said["operation"] == "delete":
            dead.add(post_id)
            posts.pop(post_id, None)
        elif post_id not in dead and state.get(message["did"], (0, True))[1]:
            facets = said["record"].get("facets", [])
            first_us = posts[post_id][0] if post_id in posts else message["time_us"]
            posts[post_id] = (first_us, sorted(facet["features"][0]["tag"] for facet in facets))
    return posts


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_and_any_batches_what_is_to_be_seen_is_the_same(
    tables: MysqlSettings, seed: int
) -> None:
    # A delete is final whenever it comes, so that what is written again under a deleted id is left
    # out.
    told = made_up(random.Random(3))
    deletes = {
        (m["did"], m["commit"]["rkey"])
        for m in told
        if m.get("commit", {}).get("operation") == "delete"
    }
    dice = random.Random(seed)
    if seed:
        dice.shuffle(told)
    records = as_records(told, dice.choices(range(3), k=len(told)) if seed else None)

    batches, rest = [], records
    while rest:
        size = dice.choice([2, 10, 50])
        batches.append(rest[:size])
        rest = rest[size:]
    merge(tables, batches)

    posts = {
        post_id: (at_us, tags)
        for post_id, (at_us, tags) in expected(told).items()
        if (post_id.split("/")[2], post_id.split("/")[4]) not in deletes
    }
    found: dict[str, list[str]] = {
        post_id: [] for (post_id,) in ask(tables, "SELECT post_id FROM posts WHERE op <> 'delete'")
    }
    for post_id, tag in ask(tables, "SELECT post_id, hashtag FROM hashtags"):
        found[post_id].append(tag)
    assert {post_id: sorted(tags) for post_id, tags in found.items()} == {
        p: tags for p, (_, tags) in posts.items()
    }
    created = {
        post_id: EPOCH + timedelta(milliseconds=at_us // 1_000)
        for post_id, (at_us, _) in posts.items()
    }
    assert (
        dict(ask(tables, "SELECT post_id, created_at FROM posts WHERE op <> 'delete'")) == created
    )
    uses = Counter(tag for _, tags in posts.values() for tag in tags)
    for grain in ("minute", "hour", "day"):
        assert (
            dict(ask(tables, f"SELECT hashtag, SUM(uses) FROM hashtag_{grain}s GROUP BY hashtag"))
            == uses
        )
    minutes = Counter(at.replace(second=0, microsecond=0) for at in created.values())
    assert dict(ask(tables, "SELECT minute_at, posts FROM post_minutes")) == minutes
    by_author = Counter(post_id.split("/")[2] for post_id in posts)
    assert {
        who: count for who, count in ask(tables, "SELECT user_id, posts FROM users") if count
    } == by_author


def test_posts_of_a_closed_account_are_found_by_the_key_however_many_there_are(
    tables: MysqlSettings,
) -> None:
    with driver(tables) as running, running.connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO posts (source, post_id, created_at, received_at, user_id, op, is_repost, nb_hashtags, "
            "nb_mentions, nb_links, kafka_partition, kafka_offset) "
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 900) "
            "SELECT 'bluesky', CONCAT('at://did:plc:', n, '/app/', n), '2026-01-01', '2026-01-01', "
            "CONCAT('did:plc:', n), 'create', 0, 0, 0, 0, 9, n FROM numbers"
        )
        before = rows_read(cursor)
        running.merger.merge(running.stage(as_records([gone("did:plc:7", "deleted", 5)])), 0)
        read = rows_read(cursor) - before

    assert ask(tables, "SELECT COUNT(*) FROM posts") == [(899,)]
    assert read < 900
