"""The database account of the charts: it reads what READABLE says, and may not stay for long."""

import re
from collections.abc import Iterator
from contextlib import closing

import mysql.connector
import pytest
import yaml
from servers import MysqlServer

from tidemark import mysql as database
from tidemark.settings import MysqlSettings, require
from tidemark.stack.accounts import make_accounts
from tidemark.stack.chart_grants import READABLE, grant_charts
from tidemark.stack.migrate import migrate
from tidemark.stack.project import SUPERSET


@pytest.fixture(scope="module")
def granted(mysql: MysqlServer) -> Iterator[MysqlSettings]:
    settings = mysql.new_database()
    make_accounts(settings)
    migrate(settings)
    grant_charts(settings)
    yield settings
    mysql.drop(settings)


def ask(
    settings: MysqlSettings, question: str, account: database.Account = "charts"
) -> list[tuple[str, ...]]:
    with database.connect(settings, account) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        rows: list[tuple[str, ...]] = cursor.fetchall()
        return rows


def test_it_is_granted_single_tables_and_never_a_database(granted: MysqlSettings) -> None:
    grants = [row[0] for row in ask(granted, "SHOW GRANTS")]

    of_here = [grant for grant in grants if f"`{granted.database}`" in grant]
    assert sorted(re.findall(r"\.`(\w+)` TO", " ".join(of_here))) == sorted(READABLE)
    assert all(grant.startswith(("GRANT SELECT ON ", "GRANT SELECT (")) for grant in of_here)
    assert not any(".*" in grant for grant in grants if not grant.startswith("GRANT USAGE ON *.*"))


@pytest.mark.parametrize("table", READABLE)
def test_it_reads_what_it_was_granted(granted: MysqlSettings, table: str) -> None:
    assert ask(granted, f"SELECT {', '.join(READABLE[table]) or '*'} FROM {table} LIMIT 0") == []


@pytest.mark.parametrize(
    "question",
    [
        "SELECT payload FROM rejected",
        "SELECT * FROM rejected",
        "SELECT profile_post_id FROM users",
        "SELECT lang FROM posts",
        "SELECT 1 FROM users WHERE username_original = 'x'",
        *(
            f"SELECT * FROM {table}"
            for table in ("posts", "hashtags", "edits", "ledger", "pieces", "retention")
        ),
        "SELECT * FROM schema_migrations",
        "SELECT * FROM mysql.user",
        "UPDATE post_minutes SET posts = 0",
        "SELECT posts FROM post_minutes INTO OUTFILE '/tmp/posts.txt'",
    ],
)
def test_it_reads_nothing_else(granted: MysqlSettings, question: str) -> None:
    with pytest.raises(mysql.connector.Error, match="denied"):
        ask(granted, question)


def test_the_server_limits_its_statements_and_connections(granted: MysqlSettings) -> None:
    """MySQL limits no account's statements: there Superset asks for it in each session."""
    created = " ".join(
        row[0] for row in ask(granted, "SHOW CREATE USER tidemark_charts@'%'", "root")
    )
    is_mariadb = "mariadb" in ask(granted, "SELECT VERSION()")[0][0].lower()

    assert "MAX_USER_CONNECTIONS 30" in created
    assert not is_mariadb or "MAX_STATEMENT_TIME 20" in created


def test_superset_tells_each_session_the_same_on_either_server(granted: MysqlSettings) -> None:
    asset = yaml.safe_load((SUPERSET / "assets" / "databases" / "tidemark.yaml").read_text())
    named = asset["extra"]["engine_params"]["connect_args"]
    password = require(granted.charts_password, "mysql", "charts_password")
    there = {
        "host": granted.host,
        "port": granted.port,
        "user": "tidemark_charts",
        "password": password,
    }

    with (
        closing(mysql.connector.connect(**there, **named)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SHOW VARIABLES WHERE Variable_name IN ('max_statement_time', 'max_execution_time', 'time_zone')"
        )
        found = dict(cursor.fetchall())

    assert found.pop("time_zone") == "+00:00"
    assert found.popitem()[1] in ("20.000000", "20000")
