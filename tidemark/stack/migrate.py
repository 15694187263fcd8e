"""Applies sql/migrations/ to the database: each file once, in order; an applied file may not change."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import mysql.connector
from mysql.connector import errorcode

from tidemark.errors import MigrationError
from tidemark.mysql import connect, stage_name
from tidemark.named_lock import lock_name
from tidemark.settings import MysqlSettings
from tidemark.stack.migration_steps import STEPS
from tidemark.stack.project import MIGRATIONS

LOCK_PATIENCE_S: Final = 120

_PYTHON: Final = "PYTHON "
"""Begins a statement that is a function of migration_steps.py."""

_STATE_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
  number          INT          NOT NULL PRIMARY KEY,
  name            VARCHAR(255) NOT NULL,
  checksum        CHAR(64)     NOT NULL,
  statements_done INT          NOT NULL,
  applied_at      DATETIME(3)  NULL
) DEFAULT CHARACTER SET utf8mb4
"""

_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")

_TOKENS: Final = re.compile(
    r"""
    '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `[^`]*`
    | (?P<comment> --[^\n]* | \#[^\n]* | /\*.*?\*/ )
    | (?P<end> ; )
    """,
    re.DOTALL | re.VERBOSE,
)

# The statement was executed, but we were killed before we recorded it.
_DONE_BEFORE: Final = frozenset(
    {
        errorcode.ER_TABLE_EXISTS_ERROR,
        errorcode.ER_DUP_FIELDNAME,
        errorcode.ER_DUP_KEYNAME,
        errorcode.ER_CANT_DROP_FIELD_OR_KEY,
        errorcode.ER_BAD_TABLE_ERROR,
    }
)


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True)
class _Applied:
    name: str
    checksum: str
    statements_done: int
    is_complete: bool


def migrate(settings: MysqlSettings, folder: Path = MIGRATIONS) -> list[str]:
    """Apply the missing migrations and return their names. Of two runs at once, the second waits.

    MySQL commits each CREATE and ALTER separately, so a run that is killed, or meets an error, leaves a file half
    applied. Until it is complete the file may be edited; the next run continues after the last recorded statement.
    """
    migrations = read_migrations(folder)
    with (
        connect(settings, "migrator") as connection,
        connection.cursor() as cursor,
        _lock(cursor, settings),
    ):
        cursor.execute(_STATE_TABLE)
        applied = _read_applied(cursor)
        _check(migrations, applied, settings.database)
        complete = {number for number, former in applied.items() if former.is_complete}
        pending = [migration for migration in migrations if migration.number not in complete]
        for migration in pending:
            done = applied[migration.number].statements_done if migration.number in applied else 0
            _apply(connection, cursor, migration, done, stage_name(settings))
    return [migration.name for migration in pending]


def read_migrations(folder: Path) -> list[Migration]:
    """Return all migrations in order; raise MigrationError for a missing or double number, or a wrong name."""
    migrations: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        if (name := _NAME.fullmatch(path.name)) is None:
            raise MigrationError(
                f"{path} is no name of a migration; they have names like 0007_edits.sql"
            )
        number, expected = int(name[1]), len(migrations) + 1
        if number < expected:
            raise MigrationError(
                f"{migrations[-1].name} and {path.name} have the same number; rename the newer one"
            )
        if number > expected:
            raise MigrationError(
                f"migration {expected:04d} is missing before {path.name} in {folder}"
            )
        migrations.append(Migration(number, path.name, path.read_text("utf-8")))
    return migrations


def split_statements(text: str) -> Iterator[str]:
    """Yield the statements of an SQL file, without comments; semicolons in quotes or comments do not count."""
    statement, last = "", 0
    for token in _TOKENS.finditer(text):
        statement += text[last : token.start()]
        last = token.end()
        if token["end"]:
            yield statement.strip()
            statement = ""
        elif not token["comment"]:
            statement += token[0]
    if rest := (statement + text[last:]).strip():
        yield rest


@contextmanager
def _lock(cursor: Any, settings: MysqlSettings) -> Iterator[None]:
    """Hold the lock of migrations; MySQL releases it if the connection ends."""
    name = lock_name(settings, "migrator", "migrations")
    cursor.execute("SELECT GET_LOCK(%s, %s)", (name, LOCK_PATIENCE_S))
    if cursor.fetchone() != (1,):
        raise MigrationError(
            f"another migration of {settings.database} has been running for {LOCK_PATIENCE_S} s; "
            "wait for it, or see SHOW PROCESSLIST"
        )
    yield
    cursor.execute("DO RELEASE_LOCK(%s)", (name,))


def _read_applied(cursor: Any) -> dict[int, _Applied]:
    cursor.execute(
        "SELECT number, name, checksum, statements_done, applied_at IS NOT NULL FROM schema_migrations"
    )
    return {
        number: _Applied(name, checksum, done, bool(complete))
        for number, name, checksum, done, complete in cursor
    }


def _check(migrations: list[Migration], applied: dict[int, _Applied], database: str) -> None:
    here = {migration.number: migration for migration in migrations}
    for number, former in sorted(applied.items()):
        if number not in here:
            raise MigrationError(
                f"{former.name} was applied to {database}, and is not among the migrations here: "
                "this Tidemark is older than the tables; use the newer one, or another database"
            )
        if former.is_complete and here[number].checksum != former.checksum:
            raise MigrationError(
                f"{here[number].name} was changed after {former.name} had been applied to {database}; "
                "restore it, and put the change into a new migration"
            )


def _execute(cursor: Any, statement: str) -> None:
    if statement.startswith(_PYTHON):
        STEPS[statement.removeprefix(_PYTHON)](cursor)
    else:
        cursor.execute(statement)


def _apply(connection: Any, cursor: Any, migration: Migration, done: int, stage: str) -> None:
    cursor.execute(
        "INSERT INTO schema_migrations VALUES (%s, %s, %s, 0, NULL)"
        " ON DUPLICATE KEY UPDATE name = VALUES(name), checksum = VALUES(checksum)",
        (migration.number, migration.name, migration.checksum),
    )
    connection.commit()
    for position, statement in enumerate(
        split_statements(migration.text.replace("{stage}", stage)), start=1
    ):
        if position <= done:
            continue
        try:
            _execute(cursor, statement)
        except mysql.connector.Error as error:
            if not (done and position == done + 1 and error.errno in _DONE_BEFORE):
                raise MigrationError(
                    f"{migration.name}, statement {position}: {error.msg}; the statements before it are done"
                ) from error
        cursor.execute(
            "UPDATE schema_migrations SET statements_done = %s WHERE number = %s",
            (position, migration.number),
        )
        connection.commit()
    cursor.execute(
        "UPDATE schema_migrations SET applied_at = UTC_TIMESTAMP(3) WHERE number = %s",
        (migration.number,),
    )
    connection.commit()
