"""One merge, as its steps see it: what is staged, and a place to execute SQL in its transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Batch:
    """Counts of the records that a staging table holds.

    good, rejected  those without a reason, and those with one
    with_detail     those that have a detail: rejected ones, odd ones, and changes of accounts
    is_whole        none of the batch was merged before, and was removed from the staging table
    """

    good: int
    rejected: int
    with_detail: int
    is_whole: bool


@dataclass(frozen=True)
class Savepoint:
    """A point of the transaction that a step may go back to."""

    name: str
    cursor: Any

    def roll_back(self) -> None:
        """Undo what was executed since."""
        self.cursor.execute(f"ROLLBACK TO SAVEPOINT {self.name}")


@dataclass(frozen=True)
class Run:
    """Executes the statements of one merge.

    tables  by placeholder (see sql_files.TABLES), the table that it stands for in this merge
    """

    batch: Batch
    tables: Mapping[str, str]
    cursor: Any

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Return how many rows MySQL counts as written: of an upsert that changes nothing, none."""
        self._send(sql, values)
        return int(self.cursor.rowcount)

    def value(self, sql: str) -> int:
        """Return the single number that a query asks for."""
        self._send(sql)
        (number,) = self.cursor.fetchone()
        return int(number)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        self._send(sql)
        found: list[tuple[Any, ...]] = self.cursor.fetchall()
        return found

    @contextmanager
    def savepoint(self, name: str) -> Iterator[Savepoint]:
        """Yield a savepoint; it needs no release, as it ends with the transaction."""
        self.cursor.execute(f"SAVEPOINT {name}")
        yield Savepoint(name, self.cursor)

    def _send(self, sql: str, values: Sequence[object] = ()) -> None:
        self.cursor.execute(sql.format_map(self.tables), values)
