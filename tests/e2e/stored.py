"""What the tables hold, read as recompute.py computes it, and how two of such differ."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from e2e.recompute import COLUMNS, Tables


@dataclass(frozen=True)
class Stored:
    """Reads one database; `connection` is root's, and commits each statement."""

    connection: Any
    database: str

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """`{db}` in the SQL is the database."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql.format(db=f"`{self.database}`"), values)
            return list(cursor.fetchall())

    def change(self, sql: str, *values: object) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql.format(db=f"`{self.database}`"), values)

    def tables(self) -> Tables:
        """Every row of every table of recompute.COLUMNS."""
        return {
            table: self.rows(f"SELECT {', '.join(columns)} FROM {{db}}.{table}")
            for table, columns in COLUMNS.items()
        }

    def rejected(self) -> dict[tuple[str, int, int], tuple[str | None, str, bytes | None]]:
        """(topic, partition, offset) → (source, reason, payload)."""
        found = self.rows(
            "SELECT topic, kafka_partition, kafka_offset, source, reason, payload FROM {db}.rejected"
        )
        return {
            row[:3]: (row[3], row[4], None if row[5] is None else bytes(row[5])) for row in found
        }

    def next_offsets(self, job: str = "posts") -> dict[tuple[str, int], int]:
        """(topic, partition) → where the job goes on."""
        found = self.rows(
            "SELECT topic, kafka_partition, next_offset FROM {db}.ledger WHERE job = %s", job
        )
        return {(topic, partition): offset for topic, partition, offset in found}

    def records_counted(self, job: str = "%") -> tuple[int, int]:
        """How many records were read and refused, by the jobs' own account, or by that of one."""
        ((read, refused),) = self.rows(
            "SELECT SUM(rows_read), SUM(rows_rejected) FROM {db}.job_progress WHERE job LIKE %s",
            job,
        )
        return int(read or 0), int(refused or 0)


def differences(found: Tables, expected: Tables) -> list[str]:
    """A line for each table that is not as expected, with the first rows that are missing or too
    many."""
    lines = []
    for table, rows in expected.items():
        there, wanted = Counter(found[table]), Counter(rows)
        missing = sorted((wanted - there).elements(), key=repr)
        extra = sorted((there - wanted).elements(), key=repr)
        if missing or extra:
            lines.append(
                f"{table}: {len(missing)} missing {missing[:2]}, {len(extra)} too many {extra[:2]}"
            )
    return lines
