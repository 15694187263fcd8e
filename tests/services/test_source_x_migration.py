"""Migration 0015: what tables hold of x_stream is of x."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from servers import MysqlServer

from tidemark import mysql as database
from tidemark.settings import MysqlSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.migrate import migrate
from tidemark.stack.project import MIGRATIONS

NOON = datetime(2026, 3, 1, 12)
MINUTES = [
    (NOON, "x_stream", 0b0011),
    (NOON, "x", 0b0110),
    (NOON, "bluesky", 0b1000),
    (NOON + timedelta(minutes=1), "x_stream", 1),
]
REJECTS = [("coverage", "x_stream", 7), ("posts", "x_stream", 9), ("posts", "x", 2)]
GAPS = [
    ("x_stream", NOON, "lost"),
    ("x_stream", NOON + timedelta(hours=1), "open"),
    ("x", NOON + timedelta(hours=1), "healed"),
    ("bluesky", NOON, "healed"),
]


@pytest.fixture
def former(mysql: MysqlServer, tmp_path: Path) -> Iterator[MysqlSettings]:
    """Yield a database at migration 14, with those rows."""
    settings = mysql.new_database()
    make_accounts(settings)
    for path in sorted(MIGRATIONS.glob("*.sql"))[:14]:
        shutil.copy(path, tmp_path)
    migrate(settings, tmp_path)
    with database.connect(settings, "writer") as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO source_minutes (minute_at, source, seconds) VALUES (%s, %s, %s)", MINUTES
        )
        cursor.executemany(
            "INSERT INTO source_gaps VALUES (%s, %s, NULL, 'cut', %s, 0, UTC_TIMESTAMP(6))", GAPS
        )
        cursor.executemany("INSERT INTO source_rejects VALUES (%s, %s, %s, 0, NULL)", REJECTS)
        connection.commit()
    yield settings
    mysql.drop(settings)


def rows(settings: MysqlSettings, query: str) -> list[tuple[Any, ...]]:
    with database.connect(settings, "reader") as connection, connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def test_rows_of_the_former_name_become_rows_of_x_and_join_those_that_are_there(
    former: MysqlSettings,
) -> None:
    migrate(former)

    minutes = "SELECT minute_at, source, seconds FROM source_minutes ORDER BY minute_at, source"
    assert rows(former, minutes) == [
        (NOON, "bluesky", 0b1000),
        (NOON, "x", 0b0111),
        (NOON + timedelta(minutes=1), "x", 1),
    ]
    gaps = "SELECT source, began_at, state FROM source_gaps ORDER BY source, began_at"
    assert rows(former, gaps) == [
        ("bluesky", NOON, "healed"),
        ("x", NOON, "lost"),
        ("x", NOON + timedelta(hours=1), "healed"),
    ]
    rejects = rows(former, "SELECT job, source, in_a_row FROM source_rejects ORDER BY job")
    assert rejects == [("coverage", "x", 7), ("posts", "x", 2)]
