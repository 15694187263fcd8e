"""`tidemark tables` and `tidemark tables drop`."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from tidemark import mysql
from tidemark.settings import Settings
from tidemark.upkeep.aging import Aging, aging
from tidemark.upkeep.retention import drop_old_rows, dropping_before

# MySQL, which caches sizes for a day, executes the comment; MariaDB has no such variable.
_FRESH = "SET SESSION time_zone = '+00:00' /*!80000 , information_schema_stats_expiry = 0 */"
_SIZES = """
SELECT table_name, table_rows, data_length + index_length, data_free
FROM information_schema.tables WHERE table_schema = %s ORDER BY data_length + index_length DESC, table_name
"""


def show_tables(settings: Settings, console: Console) -> None:
    """Print a line for each table, the largest first; rows are the server's estimate."""
    shown = Table("table", "rows, about", "MiB", "free MiB", "oldest", "kept")
    for column in shown.columns[1:4]:
        column.justify = "right"
    old = {name: table for table in aging(settings.keep) for name in (table.table, table.along)}
    with mysql.connect(settings.mysql, "writer") as connection, connection.cursor() as cursor:
        cursor.execute(_FRESH)
        cursor.execute(_SIZES, (settings.mysql.database,))
        for name, rows, size_bytes, free_bytes in cursor.fetchall():
            name = name.decode() if isinstance(name, bytes | bytearray) else name
            sizes = (
                f"{rows or 0:,}",
                f"{(size_bytes or 0) / 2**20:,.1f}",
                f"{(free_bytes or 0) / 2**20:,.1f}",
            )
            shown.add_row(name, *sizes, *_age(connection, old.get(name)))
    console.print(shown)


def drop_now(settings: Settings, report: Callable[[str], None]) -> None:
    """Drop expired rows of all tables, whether or not it is their turn."""
    dropped = drop_old_rows(settings, datetime.now(UTC).date(), threading.Event())
    if dropped is None:
        report("another process is dropping old rows of this database at this moment")
        return
    for table, rows in dropped.items():
        report(f"{table}: {rows:,} rows dropped")


def _age(connection: Any, table: Aging | None) -> tuple[str, str]:
    """Return the oldest instant, if an index has it, and how long rows are kept."""
    if table is None:
        return "", ""
    kept = "for ever" if table.days is None else f"{table.days} days"
    if table.walked:
        before = dropping_before(connection, table.table)
        return (f"from {before:%Y-%m-%d} on" if before else ""), kept
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN({table.age}) FROM {table.table}")  # noqa: S608, fixed names
        (oldest,) = cursor.fetchone()
    return (f"{oldest:%Y-%m-%d}" if oldest else ""), kept
