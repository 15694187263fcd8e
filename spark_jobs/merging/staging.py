"""Staging tables: where a batch is written before it is merged."""

import itertools
import secrets
from typing import Any

from spark_jobs.merges.sql_files import TEMPORARY
from spark_jobs.merging.fence import Place, StagedRange
from tidemark.settings import MysqlSettings

_NO_STATS = "STATS_PERSISTENT = 0 STATS_AUTO_RECALC = 0"
"""Else the server samples the table for each batch; every merge reads all of it anyway."""


class Staging:
    """Two tables that batches use in turn: one is filled while the other is merged.

    Their names belong to this driver alone. What a driver that lost its lock may still write goes
    to tables that are gone, and fails.

    counted_columns  those of the temporary table that merges count into, where they do
    """

    def __init__(
        self,
        connection: Any,
        settings: MysqlSettings,
        job: str,
        columns: str,
        counted_columns: str | None = None,
    ) -> None:
        self._connection = connection
        self.database = f"{settings.database}_stage"
        self._prefix = f"{job}_"
        self._columns = columns
        self._counted_columns = counted_columns
        run = secrets.token_hex(4)
        self._run = run
        self.tables = tuple(
            f"`{self.database}`.`{self._prefix}{run}_{turn}`" for turn in ("a", "b")
        )
        self._turns = itertools.cycle((0, 1))
        self.temporary = {
            name: f"`{self.database}`.`{self._prefix}{run}_{name}`" for name in TEMPORARY
        }
        self.counted = self.temporary["counted"]

    def make(self) -> None:
        """Drop what earlier drivers of the job left, and make this one's tables."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_name LIKE %s",
                (self.database, self._prefix.replace("_", r"\_") + "%"),
            )
            for (left,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE IF EXISTS `{self.database}`.`{left}`")
            for table in self.tables:
                cursor.execute(
                    f"CREATE TABLE {table} ({self._columns}) DEFAULT CHARACTER SET utf8mb4 {_NO_STATS}"
                )
        self.make_temporary()

    def make_temporary(self) -> None:
        """Create the temporary tables again: they end with the connection, and a merge that failed
        leaves them behind."""
        with self._connection.cursor() as cursor:
            for table in self.temporary.values():
                cursor.execute(f"DROP TEMPORARY TABLE IF EXISTS {table}")
            if self._counted_columns is not None:
                cursor.execute(
                    f"CREATE TEMPORARY TABLE {self.counted} ({self._counted_columns}) DEFAULT CHARACTER SET utf8mb4"
                )

    def next_table(self) -> str:
        """Return the table for the next batch: each of the two in turn."""
        return self.tables[next(self._turns)]

    def renew(self, table: str) -> str:
        """Return an empty table in the place of one that was written in part.

        Under another name: a task of the failed write that is still at work writes to a table that
        is gone, and fails.
        """
        new = f"`{self.database}`.`{self._prefix}{self._run}_{secrets.token_hex(4)}`"
        with self._connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(
                f"CREATE TABLE {new} ({self._columns}) DEFAULT CHARACTER SET utf8mb4 {_NO_STATS}"
            )
        self.tables = tuple(new if known == table else known for known in self.tables)
        return new

    def ranges(self, table: str) -> list[StagedRange]:
        """Return what the table holds, by partition."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT topic, kafka_partition, MIN(kafka_offset), MAX(kafka_offset), COUNT(*), COUNT(reason), "  # noqa: S608
                # What a merge has staged again has no topic: it is still there where the answer to
                # the commit was lost.
                f"COUNT(detail) FROM {table} WHERE position = 0 GROUP BY topic, kafka_partition HAVING topic <> ''"
            )
            return [StagedRange(*row) for row in cursor.fetchall()]

    def offsets(self, table: str, place: Place, first: int, end: int) -> list[int]:
        """Return the offsets that the table holds of a place, from `first` to before `end`, in
        order."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT kafka_offset FROM {table} WHERE position = 0 AND topic = %s AND kafka_partition = %s "  # noqa: S608
                "AND kafka_offset >= %s AND kafka_offset < %s ORDER BY kafka_offset",
                (*place, first, end),
            )
            return [offset for (offset,) in cursor.fetchall()]

    def skip(self, table: str, below: dict[Place, int]) -> None:
        """Delete the rows of what was merged before."""
        with self._connection.cursor() as cursor:
            for (topic, partition), offset in below.items():
                cursor.execute(
                    f"DELETE FROM {table} "  # noqa: S608, our table's name
                    "WHERE topic = %s AND kafka_partition = %s AND kafka_offset < %s",
                    (topic, partition, offset),
                )

    def empty(self, table: str) -> None:
        """Make room for the next batch, in `table` and in what was counted. Ends the transaction.

        2 ms whatever the size; DELETE costs 3 to 10 µs a row, and as much again to purge.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE TABLE {table}")
            if self._counted_columns is not None:
                cursor.execute(f"TRUNCATE TABLE {self.counted}")
