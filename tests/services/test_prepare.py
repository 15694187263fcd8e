"""Preparation, on servers that know nothing of us yet."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import MysqlServer

from tidemark.settings import MysqlSettings, Settings, as_environment
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.embedded.secrets import with_secrets
from tidemark.stack.health import mysql_problem
from tidemark.stack.project import MIGRATIONS


@pytest.fixture
def empty(mysql: MysqlServer) -> Iterator[MysqlSettings]:
    """A database that does not exist."""
    settings = mysql.new_database()
    yield settings
    mysql.drop(settings)


def test_it_makes_accounts_topics_tables_and_dashboards_and_then_finds_them(
    kafka: Kafka, empty: MysqlSettings, tmp_path: Path
) -> None:
    settings = with_secrets(Settings(data_dir=tmp_path, mysql=empty))
    environment = as_environment(settings) | {"TIDEMARK_KAFKA__BOOTSTRAP": kafka.bootstrap}

    said = [
        subprocess.run(
            [sys.executable, "-m", "tidemark", "prepare"],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        for _ in range(2)
    ]

    migrations = ", ".join(sorted(path.name for path in MIGRATIONS.glob("*.sql")))
    assert [done.returncode for done in said] == [0, 0], said
    assert said[0].stdout.splitlines()[2:] == [
        f"applied migrations: {migrations}",
        "dashboards are as superset/assets says",
    ]
    assert said[1].stdout.splitlines() == [
        "accounts are as the settings say",
        "all topics are there",
        "all migrations are applied",
        "dashboards are as superset/assets says",
    ]
    assert [mysql_problem(empty, account) for account in ("migrator", "writer", "reader")] == [
        None
    ] * 3
    assert users_of_superset(tmp_path / "superset" / "superset.db") == ["admin", "viewer"]


def users_of_superset(store: Path) -> list[str]:
    with sqlite3.connect(store) as connection:
        found = [
            name for (name,) in connection.execute("SELECT username FROM ab_user ORDER BY username")
        ]
    connection.close()
    return found
