"""Drops expired rows of MySQL, table by table, and records in table `retention` up to when."""

import logging
import threading
import time
from datetime import date, datetime
from typing import Any

from tidemark import mysql
from tidemark.named_lock import lock_name
from tidemark.settings import Settings
from tidemark.upkeep.aging import aging
from tidemark.upkeep.dropping import Dropping

logger = logging.getLogger(__name__)


def drop_old_rows(
    settings: Settings, today: date, stop: threading.Event, *, due: bool = False
) -> dict[str, int] | None:
    """Drop expired rows of every table, or with `due` of those whose turn it is; return how many, by table.

    Return None if another process is dropping rows. Raise mysql.connector.Error; rows dropped until then stay dropped.
    """
    dropped: dict[str, int] = {}
    began_s = time.monotonic()
    with mysql.connect(settings.mysql, "writer") as connection:
        _execute(connection, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        if not _is_alone(connection, settings):
            return None
        stage = mysql.stage_name(settings.mysql)
        for table in aging(settings.keep):
            before = table.before(today)
            if before is None:
                continue
            if due and not table.is_due(before, _dropped_before(connection, table.table)):
                continue
            _note(connection, table.table, before)
            dropped |= Dropping(connection, stage, table, before, stop).run()
            if stop.is_set():
                break
            _note_done(connection, table.table)
    if dropped:
        rows_by_table = {name: rows for name, rows in dropped.items() if rows}
        passed_s = round(time.monotonic() - began_s, 1)
        logger.info("old rows dropped", extra=rows_by_table | {"took_s": passed_s})
    return dropped


def dropping_before(connection: Any, table: str) -> datetime | None:
    """Return the instant before which rows of the table may be dropped already; None if none are."""
    found: datetime | None = _ask(
        connection, "SELECT dropping_before FROM retention WHERE table_name = %s", table
    )
    return found


def _dropped_before(connection: Any, table: str) -> datetime | None:
    found: datetime | None = _ask(
        connection, "SELECT dropped_before FROM retention WHERE table_name = %s", table
    )
    return found


def _note(connection: Any, table: str, before: datetime) -> None:
    """Record that rows are dropped from now on. A longer retention does not bring dropped rows back."""
    _execute(
        connection,
        "INSERT INTO retention (table_name, dropping_before) VALUES (%s, %s) "
        "ON DUPLICATE KEY UPDATE dropping_before = GREATEST(dropping_before, VALUES(dropping_before))",
        table,
        before,
    )


def _note_done(connection: Any, table: str) -> None:
    _execute(
        connection,
        "UPDATE retention SET dropped_before = dropping_before WHERE table_name = %s",
        table,
    )


def _is_alone(connection: Any, settings: Settings) -> bool:
    """Lock retention for this connection; return False if another connection has the lock."""
    found: int = _ask(
        connection, "SELECT GET_LOCK(%s, 0)", lock_name(settings.mysql, "writer", "retention")
    )
    return found == 1


def _ask(connection: Any, question: str, value: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, (value,))
        (found,) = cursor.fetchone() or (None,)
        return found


def _execute(connection: Any, statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    connection.commit()
