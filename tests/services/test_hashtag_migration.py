"""Migration 0013: what was stored under the former keys of hashtags is what the rule of today would
have stored."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from servers import MysqlServer

from tidemark import mysql as database
from tidemark.settings import MysqlSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.migrate import migrate
from tidemark.stack.project import MIGRATIONS

AT = datetime(2026, 3, 1, 12, 34, 56, 789_000)
FORMER = {
    "p1": ["tide", "tide", "ｔｉｄｅ"],
    "p2": ["i̇stanbul", "istanbul", "#tide"],
    "p3": ["istanbul", "＃ebb", "#", "été", "ebb "],
    "p4": ["kafka", "ﷺ" * 20],
}
"""By post, the keys that the former rule (NFC, casefolded) had made."""
TODAY = {
    "p1": ["tide"],
    "p2": ["istanbul", "tide"],
    "p3": ["istanbul", "ebb", "été"],
    "p4": ["kafka"],
}
OF_DROPPED = {"tide": 5, "ｔｉｄｅ": 7}
"""Uses by posts that retention dropped, in the sums alone."""


@pytest.fixture
def former(mysql: MysqlServer, tmp_path: Path) -> Iterator[MysqlSettings]:
    """A database as it was before, with those posts."""
    settings = mysql.new_database()
    make_accounts(settings)
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in sorted(MIGRATIONS.glob("*.sql"))[:12]:
        shutil.copy(path, folder)
    migrate(settings, folder)
    with database.connect(settings, "writer") as connection, connection.cursor() as cursor:
        _store(cursor)
        connection.commit()
    yield settings
    mysql.drop(settings)


def _store(cursor: Any) -> None:
    for post_id, keys in FORMER.items():
        cursor.execute(
            "INSERT INTO posts VALUES ('x', %s, %s, NULL, %s, 'u', NULL, 'create', 0, %s, 0, 0, 0, 0)",
            (post_id, AT, AT, len(keys)),
        )
        for position, key in enumerate(keys):
            cursor.execute(
                "INSERT INTO hashtags VALUES ('x', %s, %s, %s, %s, %s)",
                (post_id, position, key, key, AT),
            )
    # Blanks behind a key did not tell two rows of a sum apart.
    uses = Counter(key.rstrip(" ") for keys in FORMER.values() for key in keys) + Counter(
        OF_DROPPED
    )
    uses_by_grain = {
        "minute": AT.replace(second=0, microsecond=0),
        "hour": AT.replace(minute=0, second=0),
    }
    uses_by_grain |= {"day": AT.replace(hour=0, minute=0, second=0)}
    for grain, start in uses_by_grain.items():
        rows = [
            (start.replace(microsecond=0), key + " " * (key == "ebb"), n) for key, n in uses.items()
        ]
        cursor.executemany(
            f"INSERT INTO hashtag_{grain}s ({grain}_at, source, hashtag, uses) VALUES (%s, 'x', %s, %s)",
            rows,
        )
    cursor.execute(
        "INSERT INTO post_minutes VALUES (%s, 'x', 4, 0, 0, %s)",
        (AT.replace(second=0, microsecond=0), sum(uses.values())),
    )


def ask(settings: MysqlSettings, question: str) -> list[tuple[Any, ...]]:
    with database.connect(settings, "reader") as connection, connection.cursor() as cursor:
        cursor.execute(question)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def test_what_is_stored_comes_under_the_keys_of_today(former: MysqlSettings) -> None:
    migrate(former)

    found: dict[str, list[str]] = {}
    for post_id, key in ask(
        former, "SELECT post_id, hashtag FROM hashtags ORDER BY post_id, position"
    ):
        found.setdefault(post_id, []).append(key)
    assert found == TODAY
    assert dict(ask(former, "SELECT post_id, nb_hashtags FROM posts")) == {
        post_id: len(keys) for post_id, keys in TODAY.items()
    }
    uses = Counter(key for keys in TODAY.values() for key in keys) + Counter(
        tide=sum(OF_DROPPED.values())
    )
    for grain in ("minute", "hour", "day"):
        assert dict(ask(former, f"SELECT hashtag, uses FROM hashtag_{grain}s")) == uses
    assert ask(former, "SELECT hashtag_uses FROM post_minutes") == [(sum(uses.values()),)]


def test_cut_off_anywhere_it_goes_on_and_counts_nothing_twice(
    former: MysqlSettings, tmp_path: Path
) -> None:
    whole = (MIGRATIONS / "0013_hashtag_keys.sql").read_text()
    folder = tmp_path / "cut"
    folder.mkdir()
    for path in sorted(MIGRATIONS.glob("*.sql"))[:12]:
        shutil.copy(path, folder)
    statements = whole.split(";\n")
    for end in range(1, len(statements)):
        # A mistake where it was cut off, which the next run finds mended.
        (folder / "0013_hashtag_keys.sql").write_text(
            ";\n".join(statements[:end]) + ";\nNO SUCH STATEMENT;\n"
        )
        with pytest.raises(Exception, match="0013_hashtag_keys"):
            migrate(former, folder)

    (folder / "0013_hashtag_keys.sql").write_text(whole)
    migrate(former, folder)

    assert dict(ask(former, "SELECT hashtag, uses FROM hashtag_days"))["tide"] == 2 + sum(
        OF_DROPPED.values()
    )
    assert sum(n for _, n in ask(former, "SELECT post_id, nb_hashtags FROM posts")) == sum(
        map(len, TODAY.values())
    )
