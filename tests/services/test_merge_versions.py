"""Edits, deletes and profiles: whatever the order and the batches, the tables are those of what is
left in the end."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from bluesky_payloads import DID, POST, TIME_US, commit, deleted, identity, profile, record
from drivers import ask, driver
from kafka_records import RECEIVED_US, Record, headers_of
from mastodon_payloads import FIRST_AT, account, id_of, status
from payloads import as_bytes

from tidemark.settings import MysqlSettings

EPOCH = datetime(1970, 1, 1)
LATER_US = RECEIVED_US + 30 * 24 * 3_600_000_000
"""After the last was made."""


@dataclass(frozen=True)
class Version:
    """One thing that Mastodon tells of a post; edit 0 is its first version, None its delete."""

    number: int
    author: str = ""
    edit: int | None = None
    hashtags: tuple[str, ...] = ()
    friends: int = 0

    @property
    def created_at(self) -> datetime:
        return FIRST_AT.replace(tzinfo=None) + timedelta(minutes=self.number)

    @property
    def edited_at(self) -> datetime | None:
        return self.created_at + timedelta(hours=self.edit) if self.edit else None

    def payload(self) -> bytes:
        if self.edit is None:
            return id_of(self.number).encode()
        told_at = self.edited_at and f"{self.edited_at.isoformat(timespec='milliseconds')}Z"
        by = account(self.author, following_count=self.friends)
        return as_bytes(status(self.number, hashtags=self.hashtags, edited_at=told_at, account=by))


def made_up(dice: random.Random, posts: int) -> list[Version]:
    """Posts of eight authors over two days, many of them edited, many deleted, many sent twice."""
    told = []
    for number in dice.sample(range(2_000), posts):
        author = f"author{dice.randrange(8)}"
        for edit in range(dice.choice([1, 1, 1, 2, 4])):
            tags = tuple(dice.sample(["kafka", "été", "Straße", "東京"], k=dice.choice([0, 1, 3])))
            told.append(Version(number, author, edit, tags, friends=dice.randrange(1_000)))
        if dice.random() < 0.3:
            told.append(Version(number))
    return told + dice.choices(told, k=posts // 2)


def left(told: Sequence[Version]) -> dict[int, Version]:
    """The version that stands of each post; a delete is final."""
    stands: dict[int, Version] = {}
    for version in sorted(told, key=lambda v: (v.edit is None, v.edit or 0)):
        stands[version.number] = version
    return stands


def expected(told: Sequence[Version]) -> dict[str, list[tuple[Any, ...]]]:
    stands = left(told)
    alive = [version for version in stands.values() if version.edit is not None]
    uses = [(v, position, tag) for v in alive for position, tag in enumerate(v.hashtags)]
    by_author = {v.author: [t for t in told if t.author == v.author] for v in told if v.author}
    minutes = Counter((v.created_at, tag.casefold()) for v, _, tag in uses)
    days = Counter((v.created_at.replace(hour=0, minute=0), tag.casefold()) for v, _, tag in uses)
    return {
        "SELECT post_id, op, IF(op = 'delete', NULL, created_at), version_at, IF(op = 'delete', NULL, user_id), "
        "nb_hashtags FROM posts": [_post(v) for v in stands.values()],
        "SELECT user_id, posts, first_seen_at, last_seen_at, nb_friends, profile_at, profile_post_id FROM users": [
            _user(author, theirs, sum(v.author == author for v in alive))
            for author, theirs in by_author.items()
        ],
        "SELECT post_id, position, hashtag, spelling, created_at FROM hashtags": [
            (id_of(v.number), position, tag.casefold(), tag, v.created_at)
            for v, position, tag in uses
        ],
        "SELECT minute_at, hashtag, uses FROM hashtag_minutes": [
            (*key, n) for key, n in minutes.items()
        ],
        "SELECT day_at, hashtag, uses FROM hashtag_days": [(*key, n) for key, n in days.items()],
        "SELECT minute_at, posts, reposts, edits, hashtag_uses FROM post_minutes": [
            (v.created_at, 1, 0, int(bool(v.edit)), len(v.hashtags)) for v in alive
        ],
    }


def _post(v: Version) -> tuple[Any, ...]:
    if v.edit is None:
        return (id_of(v.number), "delete", None, None, None, 0)
    op = "update" if v.edit else "create"
    return (
        id_of(v.number),
        op,
        v.created_at,
        v.edited_at,
        account(v.author)["uri"],
        len(v.hashtags),
    )


def _user(author: str, theirs: list[Version], alive: int) -> tuple[Any, ...]:
    newest = max(theirs, key=lambda v: (v.edited_at or v.created_at, id_of(v.number)))
    created = [v.created_at for v in theirs]
    told_at = newest.edited_at or newest.created_at
    seen = (min(created), max(created), newest.friends, told_at, id_of(newest.number))
    return (account(author)["uri"], alive, *seen)


def records_of(
    payloads: Sequence[tuple[int, bytes]], source: str, *, received_us: int = RECEIVED_US
) -> list[Record]:
    """Payloads by partition, in order."""
    offsets: Counter[int] = Counter()
    records = []
    for at, (partition, payload) in enumerate(payloads):
        headers = headers_of(source, received_us + at)
        records.append(Record(payload, offsets[partition], partition, headers=headers))
        offsets[partition] += 1
    return records


def cut(records: Sequence[Record], dice: random.Random) -> list[Sequence[Record]]:
    """Batches that keep the order of each partition."""
    batches = []
    while records:
        size = dice.choice([1, 2, 30, 200])
        batches.append(records[:size])
        records = records[size:]
    return batches


@pytest.mark.parametrize("seed", range(5))
def test_in_any_order_what_is_left_of_edited_and_deleted_posts_is_the_same(
    tables: MysqlSettings, seed: int
) -> None:
    told = made_up(random.Random(1), 120)
    dice = random.Random(seed)
    dice.shuffle(told)
    records = records_of(
        [(dice.randrange(3), version.payload()) for version in told],
        "mastodon",
        received_us=LATER_US,
    )

    with driver(tables) as running:
        for batch in cut(records, dice):
            running.merge(batch)

    for question, rows in expected(told).items():
        assert sorted(map(str, ask(tables, question))) == sorted(map(str, rows)), question


def test_a_day_on_bluesky(tables: MysqlSettings) -> None:
    """Read in one batch or in as many as there are messages."""
    minute_us, handle = 60_000_000, {"handle": "ana.example", "displayName": "Ana"}
    messages = [
        commit("1", record=record(hashtags=["Kafka", "tide"])),
        profile(**handle, followsCount=12, followersCount=34),
        commit("2", time_us=TIME_US + minute_us, record=record(hashtags=["tide"])),
        commit(
            "1",
            time_us=TIME_US + 2 * minute_us,
            operation="update",
            record=record(hashtags=["Tide"]),
        ),
        deleted("2", time_us=TIME_US + 3 * minute_us),
        deleted("of-before-we-listened", time_us=TIME_US + 3 * minute_us),
        identity(handle="ana.new.example", time_us=TIME_US + 4 * minute_us),
        profile("did:plc:nobodyweknow", handle="nobody.example"),
        {
            "did": DID,
            "time_us": TIME_US,
            "kind": "account",
            "account": {"active": True, "did": DID},
        },
    ]
    records = records_of([(0, as_bytes(message)) for message in messages], "bluesky")
    created_at = EPOCH + timedelta(milliseconds=TIME_US // 1_000)
    minute = created_at.replace(second=0, microsecond=0)

    with driver(tables) as running:
        for batch in [records[:3], records[3:5], records[5:6], records[6:]]:
            running.merge(batch)

    assert sorted(ask(tables, "SELECT post_id, op, user_id FROM posts")) == [
        (f"at://{DID}/{POST}/1", "update", DID),
        (f"at://{DID}/{POST}/2", "delete", None),
        (f"at://{DID}/{POST}/of-before-we-listened", "delete", None),
    ]
    assert ask(tables, "SELECT hashtag, spelling, created_at FROM hashtags") == [
        ("tide", "Tide", created_at)
    ]
    assert ask(tables, "SELECT minute_at, hashtag, uses FROM hashtag_minutes") == [
        (minute, "tide", 1)
    ]
    assert ask(tables, "SELECT minute_at, posts, edits, hashtag_uses FROM post_minutes") == [
        (minute, 1, 1, 1)
    ]
    assert ask(
        tables,
        "SELECT user_id, username, display_name, nb_friends, nb_followers, posts, first_seen_at FROM users",
    ) == [(DID, "ana.new.example", "Ana", 12, 34, 1, created_at)]
    assert ask(
        tables, "SELECT next_offset FROM ledger WHERE topic = 'posts' AND kafka_partition = 0"
    ) == [(9,)]
