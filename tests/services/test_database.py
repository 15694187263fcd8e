"""The embedded database server, and the accounts in it."""

from typing import Any

import pytest
from mysql.connector import Error, connect
from pydantic import SecretStr
from servers import MysqlServer

from tidemark import mysql as database
from tidemark.settings import MysqlSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.embedded.ports import free_port
from tidemark.stack.health import mysql_problem


def ask(settings: MysqlSettings, account: database.Account, question: str) -> list[tuple[Any, ...]]:
    with database.connect(settings, account) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        rows: list[tuple[Any, ...]] = cursor.fetchall() if cursor.with_rows else []
        connection.commit()
        return rows


def test_nobody_gets_in_without_a_password(mysql: MysqlServer) -> None:
    for user in ("root", "", "mysql", "mariadb.sys"):
        with pytest.raises(Error):
            connect(host=mysql.settings.host, port=mysql.settings.port, user=user, password="")


def test_commits_are_on_the_disk_and_text_is_whole(tables: MysqlSettings) -> None:
    (found,) = ask(
        tables,
        "writer",
        "SELECT @@innodb_flush_log_at_trx_commit, @@log_bin, @@local_infile, @@character_set_server,"
        " @@character_set_client, @@time_zone, @@bind_address",
    )

    assert found == (1, 0, 0, "utf8mb4", "utf8mb4", "+00:00", "127.0.0.1")


@pytest.mark.parametrize(
    ("account", "statement", "is_allowed"),
    [
        ("reader", "SELECT * FROM {db}.posts", True),
        ("reader", "DELETE FROM {db}.posts", False),
        ("reader", "INSERT INTO {db}.post_minutes VALUES (NOW(), 'x', 1, 1, 1, 1)", False),
        ("reader", "CREATE TABLE {db}.mine (a INT)", False),
        ("reader", "CREATE TABLE {db}_stage.mine (a INT)", False),
        ("reader", "SELECT * FROM mysql.user", False),
        ("writer", "SELECT * FROM {db}.posts", True),
        ("writer", "DELETE FROM {db}.posts", True),
        ("writer", "INSERT INTO {db}.post_minutes VALUES (NOW(), 'x', 1, 1, 1, 1)", True),
        ("writer", "CREATE TABLE {db}.mine (a INT)", False),
        ("writer", "DROP TABLE {db}.posts", False),
        ("writer", "CREATE TABLE {db}_stage.mine (a INT)", True),
        ("writer", "SELECT * FROM mysql.user", False),
        ("migrator", "CREATE TABLE {db}.mine (a INT)", True),
        ("migrator", "CREATE TABLE {db}_stage.mine (a INT)", True),
        ("migrator", "CREATE DATABASE {db}x", False),
        # The underscores of a name are no wildcards: what looks alike stays closed.
        ("migrator", "CREATE DATABASE {lookalike}", False),
        ("migrator", "SELECT * FROM mysql.user", False),
    ],
)
def test_an_account_may_do_its_work_and_no_more(
    tables: MysqlSettings, account: database.Account, statement: str, is_allowed: bool
) -> None:
    lookalike = tables.database.replace("_", "x", 1)

    try:
        ask(tables, account, statement.format(db=tables.database, lookalike=lookalike))
        was_allowed = True
    except Error:
        was_allowed = False

    assert was_allowed == is_allowed


def test_making_the_accounts_again_keeps_rows_and_changes_passwords(
    mysql: MysqlServer, tables: MysqlSettings
) -> None:
    ask(tables, "writer", "INSERT INTO post_minutes VALUES ('2026-01-01', 'x', 1, 2, 3, 4)")
    changed = tables.model_copy(update={"writer_password": SecretStr('it\'s a \\ "new" one: 密码')})

    make_accounts(changed)
    try:
        assert ask(changed, "writer", "SELECT posts, reposts FROM post_minutes") == [(1, 2)]
        assert "refuses tidemark_writer" in str(mysql_problem(tables))
    finally:
        make_accounts(tables)


def test_a_wrong_password_names_its_variable(tables: MysqlSettings) -> None:
    wrong = tables.model_copy(update={"writer_password": SecretStr("wrong")})

    problem = mysql_problem(wrong)

    assert problem is not None
    assert "refuses tidemark_writer" in problem
    assert "TIDEMARK_MYSQL__WRITER_PASSWORD" in problem


def test_a_missing_database_says_who_makes_it(mysql: MysqlServer, tables: MysqlSettings) -> None:
    problem = mysql_problem(mysql.new_database())

    assert problem is not None
    assert "has no database" in problem
    assert "tidemark prepare" in problem


def test_a_server_that_is_not_there_names_host_and_port(mysql: MysqlServer) -> None:
    port = free_port()

    problem = mysql_problem(mysql.settings.model_copy(update={"port": port}))

    assert problem is not None
    assert f"127.0.0.1:{port} cannot be reached" in problem
    assert "TIDEMARK_MYSQL__PORT" in problem


def test_a_server_that_serves_has_no_problem(tables: MysqlSettings) -> None:
    accounts: tuple[database.Account, ...] = ("root", "migrator", "writer", "reader")

    assert [mysql_problem(tables, account) for account in accounts] == [None, None, None, None]
