"""A small made-up past for the charts: rows as the job writes them, rollups summed up here in plain
Python."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tidemark import mysql
from tidemark.settings import MysqlSettings

BEGIN_AT = datetime(2025, 3, 1, 7, 23, 45)
END_AT = datetime(2025, 3, 21, 18, 41, 10)
HALF_HEARD = [datetime.fromisoformat(f"2025-03-10 {clock}") for clock in (
    "08:29:59", "08:30:10", "08:31:00", "11:10:10", "11:20:00", "11:50:50", "11:51:00", "12:20:50", "12:40:00",
    "13:05:05", "13:45:10", "13:46:00",
)]  # fmt: skip
"""Posts from about the instants at which coverage_history changes."""

# What breaks SQL, JSON, HTML, sorting and drawing.
TAGS = [
    "kafka", "o'brien", 'say"so', "back\\slash", "100%", "a;b--c", "<b>bold</b>", "{{ 7 * 7 }}", "$ha$h",
    "東京", "気象", "데이터", "رمضان", "עברית", "straße", "é", "🌊", "👩‍👩‍👧", "null", "42",
]  # fmt: skip


@dataclass(frozen=True)
class Use:
    """One hashtag in one post."""

    at: datetime
    source: str
    hashtag: str


@dataclass(frozen=True)
class Post:
    at: datetime
    source: str
    post_id: str
    user_id: str | None
    hashtags: tuple[str, ...]
    is_repost: bool

    def uses(self) -> Iterable[Use]:
        return (Use(self.at, self.source, hashtag) for hashtag in self.hashtags)


HOSTILE_TEXT = '<img src="/made-up-by-a-post"> <b>bold</b> &lt;i&gt;'
"""Where a page took it for HTML, it would ask for that picture, which is not there."""


def make_posts() -> list[Post]:
    """Three thousand over twenty days of 2025, and some of the last half hour; hundreds of hashtags
    are rare."""
    chance = random.Random(11)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    past = [BEGIN_AT + (END_AT - BEGIN_AT) * chance.random() for _ in range(3_000)]
    lately = [now - timedelta(seconds=60 + 10 * step) for step in range(150)]
    rare = [f"rare{number}" for number in range(400)]
    weights = [60 / rank for rank in range(1, len(TAGS) + 1)] + [0.15] * len(rare)
    return [
        Post(
            at=at.replace(microsecond=0),
            source="sample" if chance.random() < 0.1 else "x",
            post_id=str(number),
            user_id=None if number % 50 == 0 else str(number % 130),
            hashtags=tuple(dict.fromkeys(chance.choices(TAGS + rare, weights, k=number % 4))),
            is_repost=number % 5 == 0,
        )
        for number, at in enumerate([*past, *HALF_HEARD, *lately])
    ]


def fill(settings: MysqlSettings, posts: list[Post]) -> None:
    """Write all tables that charts read."""
    uses = [use for post in posts for use in post.uses()]
    with mysql.connect(settings, "migrator") as connection, connection.cursor() as cursor:
        for statement, rows in (*_base(posts), *_rollups(posts, uses), *_around(posts)):
            cursor.executemany(statement, rows)
        connection.commit()


def _base(posts: list[Post]) -> Iterable[tuple[str, list[Any]]]:
    yield (
        """INSERT INTO posts (source, post_id, created_at, received_at, user_id, lang, op, is_repost, nb_hashtags,
                              nb_mentions, nb_links, kafka_partition, kafka_offset, text)
           VALUES (%s, %s, %s, %s, %s, 'en', 'create', %s, %s, 0, 0, 0, 0, %s)""",
        [
            (p.source, p.post_id, p.at, p.at, p.user_id, p.is_repost, len(p.hashtags), HOSTILE_TEXT)
            for p in posts
        ],
    )
    newest = sorted(posts, key=lambda post: post.at)[-100:]
    yield (
        "INSERT INTO newest_posts (source, created_at, post_id) VALUES (%s, %s, %s)",
        [(p.source, p.at, p.post_id) for p in newest],
    )
    yield (
        "INSERT INTO hashtags VALUES (%s, %s, %s, %s, %s, %s)",
        [
            (p.source, p.post_id, n, tag, tag, p.at)
            for p in posts
            for n, tag in enumerate(p.hashtags)
        ],
    )


def _rollups(posts: list[Post], uses: list[Use]) -> Iterable[tuple[str, list[Any]]]:
    minutes: dict[tuple[datetime, str], list[Post]] = {}
    for post in posts:
        minutes.setdefault((post.at.replace(second=0), post.source), []).append(post)
    yield (
        "INSERT INTO post_minutes VALUES (%s, %s, %s, %s, 0, %s)",
        [
            (
                *bucket,
                len(those),
                sum(p.is_repost for p in those),
                sum(len(p.hashtags) for p in those),
            )
            for bucket, those in minutes.items()
        ],
    )
    starts: dict[str, Callable[[datetime], datetime]] = {
        "minute": lambda at: at.replace(second=0),
        "hour": lambda at: at.replace(minute=0, second=0),
        "day": lambda at: at.replace(hour=0, minute=0, second=0),
    }
    for grain, start in starts.items():
        counted = Counter((start(use.at), use.source, use.hashtag) for use in uses)
        yield (
            f"INSERT INTO hashtag_{grain}s ({grain}_at, source, hashtag, uses) VALUES (%s, %s, %s, %s)",
            [(*key, count) for key, count in counted.items()],
        )


def _around(posts: list[Post]) -> Iterable[tuple[str, list[Any]]]:
    """Users, of whom some have neither name nor known friends; payloads refused; the job's
    progress."""
    seen: dict[tuple[str, str], list[Post]] = {}
    for post in posts:
        if post.user_id:
            seen.setdefault((post.source, post.user_id), []).append(post)
    yield (
        "INSERT INTO users VALUES (%s, %s, %s, %s, NULL, %s, %s, %s, %s, %s, NULL, NULL)",
        [
            (
                source,
                user_id,
                *_profile(int(user_id)),
                len(those),
                min(p.at for p in those),
                max(p.at for p in those),
            )
            for (source, user_id), those in seen.items()
        ],
    )
    yield (
        "INSERT INTO rejected VALUES ('aaaaaaaaaaaaaaaaaaaaaa', 0, %s, 'posts', %s, %s, NULL, '{', %s, 1, NULL)",
        [
            (n, p.source, ("not_json", "no_id")[n % 3 == 0], p.at)
            for n, p in enumerate(posts[::20] + posts[-5:])
        ],
    )
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    yield (
        "INSERT INTO job_progress VALUES ('posts', %s, 5, %s, 0, 900, 210, %s)",
        [(now - timedelta(seconds=30 + 10 * n), 100 + n, n % 3) for n in range(60)],
    )


def _profile(user: int) -> tuple[str | None, str | None, int | None, int | None]:
    if user % 10 == 3:
        return None, None, None, None
    return f"人 {user}", f"人 {user} 🌊", (user * 7919) % 5_000, user
