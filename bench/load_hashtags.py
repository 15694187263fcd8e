"""Fill a migrated database with made-up history: posts, users, hashtags, and rollups that agree
with them exactly.

    .venv/bin/python bench/load_hashtags.py --port 3306 --user root --database tidemark \\
        --hashtags 10000000

All is computed inside the database, day by day: minutes, not hours, and no file. Hashtags follow Zipf's law over
--tags names, posts end now, and the same arguments give the same rows, but for the clock.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import mysql.connector

TAGS_PER_POST = 2
SOURCES = ("sample", "mastodon", "bluesky", "x")
PROGRESS_STEP_S = 10

# A hash of the row, not RAND(): the same value wherever the expression stands.
_CHANCE = "(CRC32(CONCAT_WS('/', '{salt}', {row})) / 4294967296)"
# Zipf's law with exponent 1, inverted: rank k has probability ln(1 + 1/k) / ln(n + 1).
_RANK = "FLOOR(EXP({chance} * LN({ranks} + 1)))"
_NAME = "CONCAT(ELT(1 + {rank} % 7, 'topic', 'thème', '話題', 'тема', 'موضوع', 'łódź', 'tide🌊'), {rank})"


@dataclass(frozen=True)
class Size:
    """How much to make; a post has two hashtags."""

    hashtags: int
    users: int
    tags: int
    days: int

    @property
    def posts_per_day(self) -> int:
        return self.hashtags // TAGS_PER_POST // self.days

    @property
    def posts(self) -> int:
        return self.posts_per_day * self.days

    @property
    def rejected(self) -> int:
        return self.posts // 1_000

    @property
    def steps(self) -> int:
        return self.days * 86_400 // PROGRESS_STEP_S


def load(connection: Any, size: Size, end_at: datetime) -> Iterator[str]:
    """Fill the empty tables with what happened before `end_at`, a whole minute; yields what was
    just done."""
    cursor = connection.cursor()
    # SQL_BIG_RESULT groups by sorting: a temporary table would hold each VARCHAR(255) at its full
    # width.
    cursor.execute("SET SESSION time_zone = '+00:00', sort_buffer_size = 1 << 28")
    _number_rows(cursor, max(size.posts_per_day, size.steps, size.rejected))
    begin_at = end_at - timedelta(days=size.days)
    for day in range(size.days):
        for statement in _day(size, day, begin_at + timedelta(days=day)):
            cursor.execute(statement)
        connection.commit()
        yield f"day {day + 1} of {size.days}"
    for what, statement in chain(_coarser(begin_at, size.days), _others(size, begin_at)):
        cursor.execute(statement)
        connection.commit()
        yield what
    cursor.execute("DROP TABLE bench_numbers")
    charted = "users, rejected, post_minutes, source_minutes, hashtag_minutes, hashtag_hours, hashtag_days"
    cursor.execute(f"ANALYZE TABLE {charted}")
    cursor.fetchall()


def _number_rows(cursor: Any, rows: int) -> None:
    digits = " UNION ALL ".join(f"SELECT {digit} AS digit" for digit in range(10))
    places = range(len(str(rows - 1)))
    value = " + ".join(f"d{place}.digit * {10**place}" for place in places)
    tables = " JOIN ".join(f"({digits}) AS d{place}" for place in places)
    cursor.execute("DROP TABLE IF EXISTS bench_numbers")
    cursor.execute("CREATE TABLE bench_numbers (n INT PRIMARY KEY)")
    cursor.execute(
        f"INSERT INTO bench_numbers SELECT {value} AS n FROM {tables} HAVING n < {rows} ORDER BY n"
    )


def _post_id(number: int | str) -> str:
    return f"CONCAT('17', LPAD({number}, 17, '0'))"


def _day(size: Size, day: int, from_at: datetime) -> Iterator[str]:
    """Yield the SQL for posts and hashtags of one day, evenly spaced, and their minutes."""
    first = day * size.posts_per_day
    post = f"({first} + n)"
    # Of twenty posts eleven are of x, six of bluesky, two of mastodon, one is made up.
    source = f"ELT(1 + INTERVAL({post} % 20, 1, 3, 9), {', '.join(map(repr, SOURCES))})"
    into_day = f"INTERVAL (n * 86400000000 DIV {size.posts_per_day}) MICROSECOND"
    created_at = f"TIMESTAMP('{from_at:%Y-%m-%d %H:%M:%S}') + {into_day}"
    # The first posts name every user once; all later ones come from few, as people are.
    few = _RANK.format(chance=_CHANCE.format(salt="user", row=post), ranks=size.users)
    user = f"CAST(IF({post} < {size.users}, {post}, {few} - 1) AS CHAR)"
    today = f"FROM bench_numbers WHERE n < {size.posts_per_day}"
    yield f"""INSERT INTO posts SELECT {source}, {_post_id(post)}, {created_at}, NULL, {created_at}, {user},
        ELT(1 + {post} % 5, 'en', 'ja', 'es', 'ar', NULL), 'create', {post} % 4 = 0, {TAGS_PER_POST}, 0, 0,
        {post} % 2, {post} DIV 2 {today}"""
    for position in range(TAGS_PER_POST):
        rank = _RANK.format(chance=_CHANCE.format(salt=position, row=post), ranks=size.tags)
        name = _NAME.format(rank=rank)
        yield f"""INSERT INTO hashtags
            SELECT {source}, {_post_id(post)}, {position}, {name}, {name}, {created_at} {today}"""
    between = f"BETWEEN {_post_id(first)} AND {_post_id(first + size.posts_per_day - 1)}"
    for of in SOURCES:
        yield f"""INSERT INTO hashtag_minutes (minute_at, source, hashtag, uses)
            SELECT SQL_BIG_RESULT {_bucket("created_at", "%H:%i")} AS at, source, hashtag, COUNT(*) FROM hashtags
            WHERE source = '{of}' AND post_id {between} GROUP BY at, source, hashtag"""


def _bucket(column: str, clock: str) -> str:
    return f"CAST(DATE_FORMAT({column}, '%Y-%m-%d {clock}:00') AS DATETIME)"


def _coarser(begin_at: datetime, days: int) -> Iterator[tuple[str, str]]:
    """Yield the SQL for hours and days, one calendar day at a time: all at once would not fit into memory."""
    for past in range(days + 1):
        day = (begin_at + timedelta(days=past)).date()
        for table, at, finer, finer_at, clock in (
            ("hashtag_hours", "hour_at", "hashtag_minutes", "minute_at", "%H:00"),
            ("hashtag_days", "day_at", "hashtag_hours", "hour_at", "00:00"),
        ):
            yield (
                f"hours and days, {past + 1} of {days + 1}",
                f"""INSERT INTO {table} ({at}, source, hashtag, uses)
                SELECT SQL_BIG_RESULT {_bucket(finer_at, clock)} AS at, source, hashtag, SUM(uses) FROM {finer}
                WHERE {finer_at} >= '{day}' AND {finer_at} < '{day}' + INTERVAL 1 DAY GROUP BY at, source, hashtag""",
            )


def _others(size: Size, begin_at: datetime) -> Iterator[tuple[str, str]]:
    """Yield the SQL for sums and authors of all posts."""
    yield (
        "minutes of posts",
        f"""INSERT INTO post_minutes (minute_at, source, posts, reposts, edits, hashtag_uses)
        SELECT SQL_BIG_RESULT {_bucket("created_at", "%H:%i")} AS at, source, COUNT(*), SUM(is_repost),
        SUM(op = 'update'), SUM(nb_hashtags) FROM posts GROUP BY at, source""",
    )
    # A user in a hundred has no name, one in fifty no known number of friends.
    yield (
        "users",
        """INSERT INTO users
        SELECT SQL_BIG_RESULT source, user_id, IF(user_id % 100 = 7, NULL, CONCAT('person ', user_id)),
        CONCAT('person ', user_id, ' 🌊'), CONCAT('Person ', user_id),
        IF(user_id % 50 = 3, NULL, FLOOR(EXP(CRC32(user_id) / 4294967296 * 14))), CRC32(user_id) % 5000,
        COUNT(*), MIN(created_at), MAX(created_at), MAX(created_at), MAX(post_id)
        FROM posts GROUP BY source, user_id""",
    )
    begin = f"TIMESTAMP('{begin_at:%Y-%m-%d %H:%M:%S}')"
    apart_ms = size.days * 86_400_000 // max(size.rejected, 1)
    yield (
        "rejected",
        f"""INSERT INTO rejected
        SELECT 'benchbenchbenchbenchAA', n % 2, n DIV 2, 'posts', 'x', ELT(1 + n % 3, 'not_json', 'no_id', 'bad_field'),
        NULL, REPEAT('x', 2000), {begin} + INTERVAL (n * {apart_ms} * 1000) MICROSECOND, 2000, NULL
        FROM bench_numbers WHERE n < {size.rejected}""",
    )
    # Three minutes in 500 are in a gap.
    for producer in ("x", "bluesky", "mastodon"):
        yield (
            f"seconds heard of {producer}",
            f"""INSERT INTO source_minutes (minute_at, source, seconds)
            SELECT {begin} + INTERVAL n MINUTE, '{producer}', ELT(1 + INTERVAL(n % 500, 1, 3), 4095, 0, (1 << 60) - 1)
            FROM bench_numbers WHERE n < {size.days * 1_440}""",
        )
        yield (
            f"gaps of {producer}",
            f"""INSERT INTO source_gaps
            SELECT '{producer}', {begin} + INTERVAL n * 30000 + 12 SECOND, {begin} + INTERVAL n * 30000 + 180 SECOND,
            'cut', IF(n % 3, 'healed', 'lost'), 0, {begin} FROM bench_numbers WHERE n < {size.days * 1_440 // 500}""",
        )
    yield (
        "progress",
        f"""INSERT INTO job_progress
        SELECT 'posts', {begin} + INTERVAL (n * {PROGRESS_STEP_S}) SECOND, 10, {size.posts // size.steps}, n % 2,
        3000 + n % 500, 400 + n % 200, n % 90 FROM bench_numbers WHERE n < {size.steps}""",
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3306)
    parser.add_argument("--user", default="root", help="the password is read from MYSQL_PWD")
    parser.add_argument("--database", default="tidemark", help="migrated and empty")
    parser.add_argument("--hashtags", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=500_000)
    parser.add_argument("--tags", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    chosen = parser.parse_args()
    connection = mysql.connector.connect(
        host=chosen.host,
        port=chosen.port,
        user=chosen.user,
        password=os.environ.get("MYSQL_PWD", ""),
        database=chosen.database,
        charset="utf8mb4",
    )
    size = Size(chosen.hashtags, chosen.users, chosen.tags, chosen.days)
    started = time.monotonic()
    for done in load(connection, size, datetime.now(UTC).replace(second=0, microsecond=0)):
        print(
            f"\r{done}, {time.monotonic() - started:.0f} s".ljust(60),
            end="",
            file=sys.stderr,
            flush=True,
        )
    print(file=sys.stderr)
    connection.close()


if __name__ == "__main__":
    main()
