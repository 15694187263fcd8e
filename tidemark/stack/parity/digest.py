"""Hashes of what a stack holds: every table, and every chart's result.

Equal hashes mean equal rows. When and where a record arrived differs from stack to stack, so it is left out: see
ARRIVAL, ABOUT_THE_STACK and DATASETS_ABOUT_THE_STACK.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tidemark import mysql
from tidemark.settings import MysqlSettings
from tidemark.stack.superset_api import SupersetApi

ARRIVAL: Final = {"received_at", "kafka_partition", "kafka_offset", "topic_id"}
"""Columns about a record's arrival."""

ABOUT_THE_STACK: Final = {
    *("ledger", "job_progress", "retention", "schema_migrations"),
    *("source_gaps", "source_minutes", "source_rejects"),
    "newest_posts",  # of each batch so many: how batches are cut shows
}
"""Tables about the stack rather than about posts."""

DATASETS_ABOUT_THE_STACK: Final = {
    *("job_speed", "covered_rates", "gaps", "source_coverage", "newest_posts"),
}
"""Superset's datasets that read those tables."""


@dataclass(frozen=True)
class Digest:
    """Number of rows, and a hash that is the same for the same rows, whatever their order."""

    rows: int
    sha256: str


def digest_tables(settings: MysqlSettings) -> dict[str, Digest]:
    """Return a digest of each table, read as the reader."""
    with mysql.connect(settings, "reader") as connection, connection.cursor() as cursor:
        found = {}
        for table, columns in _columns(cursor, settings.database).items():
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608, names from the server
            found[table] = digest_rows(cursor)
        return found


def digest_charts(superset: SupersetApi) -> dict[str, Digest]:
    """Return a digest of each chart, over all time."""
    return {
        chart.name: digest_rows(tuple(row.values()) for row in chart.rows)
        for chart in superset.charts_over_all_time()
        if chart.dataset not in DATASETS_ABOUT_THE_STACK
    }


def digest_rows(rows: Iterable[tuple[Any, ...]]) -> Digest:
    """Return the sum of the hashes of all rows, which needs neither sorting nor memory."""
    count, total = 0, 0
    for row in rows:
        text = json.dumps([_plain(value) for value in row], ensure_ascii=False)
        total += int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
        count += 1
    return Digest(count, f"{total % (1 << 256):064x}")


def _columns(cursor: Any, database: str) -> dict[str, list[str]]:
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s",
        (database,),
    )
    columns: dict[str, list[str]] = {}
    # Sorted here: servers differ in where they sort `_`.
    for table, column in sorted(tuple(map(_plain, row)) for row in cursor.fetchall()):
        if table not in ABOUT_THE_STACK and column not in ARRIVAL:
            columns.setdefault(table, []).append(column)
    return columns


def _plain(value: Any) -> Any:
    """Return one form of values that servers and drivers return as bytes or text, integer or decimal."""
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else float(value)
    return value if value is None or isinstance(value, int | str) else str(value)
