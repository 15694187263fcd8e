"""What a stack holds, in a few hashes: every table, and every chart's answer.

Equal hashes mean equal rows. When and where a record came differs from stack to stack, so it is
left out: see ARRIVAL, ABOUT_THE_STACK and DATASETS_ABOUT_THE_STACK.
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
"""Columns that tell of the way a record took."""

ABOUT_THE_STACK: Final = {
    *("ledger", "job_progress", "retention", "schema_migrations"),
    *("source_gaps", "source_minutes", "source_rejects"),
}
"""Tables that tell of the stack and not of posts."""

DATASETS_ABOUT_THE_STACK: Final = {"job_speed", "covered_rates", "gaps", "source_coverage"}
"""Superset's datasets that read those tables."""


@dataclass(frozen=True)
class Digest:
    """The same for the same rows, whatever their order."""

    rows: int
    sha256: str


def digest_tables(settings: MysqlSettings) -> dict[str, Digest]:
    """By table, as the reader of charts sees them."""
    with mysql.connect(settings, "reader") as connection, connection.cursor() as cursor:
        found = {}
        for table, columns in _columns(cursor, settings.database).items():
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608, names that the server told
            found[table] = digest_rows(cursor)
        return found


def digest_charts(superset: SupersetApi) -> dict[str, Digest]:
    """By chart, over all time."""
    return {
        chart.name: digest_rows(tuple(row.values()) for row in chart.rows)
        for chart in superset.charts_over_all_time()
        if chart.dataset not in DATASETS_ABOUT_THE_STACK
    }


def digest_rows(rows: Iterable[tuple[Any, ...]]) -> Digest:
    """The hashes of all rows, summed up: no sorting, and no memory."""
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
    # In our own order: servers differ on where _ comes.
    for table, column in sorted(tuple(map(_plain, row)) for row in cursor.fetchall()):
        if table not in ABOUT_THE_STACK and column not in ARRIVAL:
            columns.setdefault(table, []).append(column)
    return columns


def _plain(value: Any) -> Any:
    """One form for what servers and drivers give as bytes or text, as integer or decimal."""
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else float(value)
    return value if value is None or isinstance(value, int | str) else str(value)
