"""Migrations on a real server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from servers import MysqlServer

from spark_jobs.merging.connection import check_tables
from tidemark import mysql as database
from tidemark.errors import MigrationError, UnpreparedError
from tidemark.settings import MysqlSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.migrate import migrate
from tidemark.stack.project import MIGRATIONS


@pytest.fixture
def empty(mysql: MysqlServer) -> Iterator[MysqlSettings]:
    """A database without tables."""
    settings = mysql.new_database()
    make_accounts(settings)
    yield settings
    mysql.drop(settings)


def ask(settings: MysqlSettings, question: str) -> list[tuple[Any, ...]]:
    with database.connect(settings, "migrator") as connection, connection.cursor() as cursor:
        cursor.execute(question)
        rows: list[tuple[Any, ...]] = cursor.fetchall() if cursor.with_rows else []
        connection.commit()
        return rows


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name.removeprefix('n')}.sql").write_text(text)
    return folder


def tables_of(name: str, settings: MysqlSettings) -> set[str]:
    rows = ask(
        settings, f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{name}'"
    )
    return {table for (table,) in rows}


def test_the_projects_migrations_are_applied_once(empty: MysqlSettings) -> None:
    names = sorted(path.name for path in MIGRATIONS.glob("*.sql"))

    assert migrate(empty) == names
    assert migrate(empty) == []
    assert ask(empty, "SELECT name FROM schema_migrations ORDER BY number") == [
        (name,) for name in names
    ]


def test_two_at_once_apply_each_file_once(empty: MysqlSettings) -> None:
    names = sorted(path.name for path in MIGRATIONS.glob("*.sql"))

    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: migrate(empty), range(4)))

    assert sorted(applied) == [[], [], [], names]


def test_who_may_only_read_cannot_hold_migrations_up(empty: MysqlSettings) -> None:
    with database.connect(empty, "reader") as reader, reader.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", (f"migrate:{empty.database}",))
        cursor.fetchall()

        assert migrate(empty) != []


def test_a_changed_migration_is_named(empty: MysqlSettings, tmp_path: Path) -> None:
    folder = write(
        tmp_path, n0001_one="CREATE TABLE one (a INT);", n0002_two="CREATE TABLE two (a INT);"
    )
    migrate(empty, folder)

    write(folder, n0001_one="CREATE TABLE one (a BIGINT);")

    with pytest.raises(MigrationError, match=r"0001_one\.sql was changed after"):
        migrate(empty, folder)


def test_an_applied_migration_that_is_gone_is_named(empty: MysqlSettings, tmp_path: Path) -> None:
    folder = write(
        tmp_path, n0001_one="CREATE TABLE one (a INT);", n0002_two="CREATE TABLE two (a INT);"
    )
    migrate(empty, folder)

    (folder / "0002_two.sql").unlink()

    with pytest.raises(MigrationError, match=r"0002_two\.sql was applied to .*, and is not among"):
        migrate(empty, folder)


def test_a_statement_that_fails_is_named_and_the_next_run_goes_on_behind_the_last_good_one(
    empty: MysqlSettings, tmp_path: Path
) -> None:
    good = "CREATE TABLE one (a INT); INSERT INTO one VALUES (1);"
    folder = write(tmp_path, n0001_one=f"{good} CREATE TABLE two (a NONSENSE);")
    with pytest.raises(MigrationError, match=r"0001_one\.sql, statement 3: .*NONSENSE"):
        migrate(empty, folder)

    write(folder, n0001_one=f"{good} CREATE TABLE two (a INT);")

    assert migrate(empty, folder) == ["0001_one.sql"]
    assert ask(empty, "SELECT a FROM one") == [(1,)]
    assert tables_of(empty.database, empty) == {"one", "two", "schema_migrations"}


def test_a_run_cut_off_before_it_could_note_a_statement_goes_on(
    empty: MysqlSettings, tmp_path: Path
) -> None:
    folder = write(tmp_path, n0001_one="CREATE TABLE one (a INT); CREATE TABLE two (a INT);")
    migrate(empty, folder)
    ask(empty, "UPDATE schema_migrations SET statements_done = 1, applied_at = NULL")

    assert migrate(empty, folder) == ["0001_one.sql"]
    assert migrate(empty, folder) == []


def test_a_table_that_somebody_else_made_is_an_error(empty: MysqlSettings, tmp_path: Path) -> None:
    ask(empty, "CREATE TABLE one (something_else INT)")
    folder = write(tmp_path, n0001_one="CREATE TABLE one (a INT);")

    with pytest.raises(MigrationError, match=r"0001_one\.sql, statement 1: .*already exists"):
        migrate(empty, folder)


def test_stage_stands_for_the_staging_database(empty: MysqlSettings, tmp_path: Path) -> None:
    folder = write(tmp_path, n0001_stage="CREATE TABLE {stage}.incoming (a INT);")

    migrate(empty, folder)

    assert tables_of(database.stage_name(empty), empty) == {"incoming"}


def test_jobs_know_the_newest_migration(empty: MysqlSettings) -> None:
    migrate(empty)
    with database.connect(empty, "writer") as connection:
        check_tables(connection)


@pytest.mark.parametrize(
    ("number", "error", "told"),
    [
        (-1, UnpreparedError, "run `tidemark prepare`"),
        (1, MigrationError, "it is older than the tables"),
    ],
)
def test_a_job_whose_tables_are_of_another_version_says_so(
    empty: MysqlSettings, number: int, error: type[Exception], told: str
) -> None:
    migrate(empty)
    newest = "SELECT MAX(number) FROM (SELECT number FROM schema_migrations) known"
    ask(
        empty,
        f"UPDATE schema_migrations SET number = number + {number} * 100 WHERE number = ({newest})",
    )

    with database.connect(empty, "writer") as connection, pytest.raises(error, match=told):
        check_tables(connection)
