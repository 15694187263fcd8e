"""Drops old rows of one table, some thousand at a time, without ever waiting for a merge.

Each chunk is locked first; rows that a merge has locked are skipped until the next time. So this transaction waits
for no other and cannot be part of a deadlock, and a merge that needs one of these rows waits a tenth of a second at
most.
"""

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from tidemark.upkeep.aging import Aging

CHUNK_ROWS: Final = 2_000


class Dropping:
    """The old rows of one table.

    connection  used by nothing else, with READ COMMITTED
    stage       the database for staging, where a temporary table holds the keys of a chunk
    before      rows older than this instant are dropped
    """

    def __init__(
        self, connection: Any, stage: str, aging: Aging, before: datetime, stop: threading.Event
    ) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._aging = aging
        self._before = before
        self._stop = stop
        self._doomed = f"{stage}.doomed_{aging.table}"
        self._keys = ", ".join(aging.key)

    def run(self) -> dict[str, int]:
        """Drop old rows until there are none or `stop` is set; return the number dropped, by table."""
        dropped = dict.fromkeys(filter(None, (self._aging.table, self._aging.along)), 0)
        self._execute(
            f"CREATE TEMPORARY TABLE {self._doomed} (PRIMARY KEY ({self._keys})) "
            f"SELECT {self._keys}, {self._aging.age} AS old_at FROM {self._aging.table} WHERE FALSE"
        )
        try:
            chunks = self._walk() if self._aging.walked else self._from_oldest()
            while not self._stop.is_set():
                began_s = time.monotonic()
                if (doomed := next(chunks, None)) is None:
                    break
                for table in reversed(dropped) if doomed else ():
                    dropped[table] += self._delete(table)
                self._connection.commit()
                # At most half of a core, so that merges keep theirs.
                self._stop.wait(time.monotonic() - began_s)
        finally:
            self._connection.rollback()
            self._execute(f"DROP TEMPORARY TABLE {self._doomed}")
        return dropped

    def _from_oldest(self) -> Iterator[int]:
        """Lock chunk by chunk, by the index that begins with the rows' age; yield how many rows each has."""
        age = self._aging.age
        oldest_first = f"ORDER BY {age} LIMIT {CHUNK_ROWS}"
        doomed = self._doom(oldest_first)
        while doomed:
            # Deleted rows stay in the index for a while; starting from its beginning would read
            # all of them each time.
            reached = self._ask(f"SELECT MAX(old_at) FROM {self._doomed}")
            yield doomed
            doomed = self._doom(oldest_first, **{f"{age} >=": reached})

    def _walk(self) -> Iterator[int]:
        """Lock chunk by chunk, in the order of the key, source by source; yield how many rows each has."""
        table, name = self._aging.table, self._aging.key[1]
        source = self._ask(f"SELECT MIN(source) FROM {table}")
        while source is not None:
            last: str | None = ""
            while last is not None:
                bounds = {"source =": source, f"{name} >": last}
                last = self._ask(
                    f"SELECT {name} FROM {table} WHERE source = %s AND {name} > %s "
                    f"ORDER BY {name} LIMIT 1 OFFSET {CHUNK_ROWS - 1}",
                    *bounds.values(),
                )
                if last is not None:
                    bounds[f"{name} <="] = last
                yield self._doom(**bounds)
            source = self._ask(f"SELECT MIN(source) FROM {table} WHERE source > %s", source)

    def _doom(self, how: str = "", **where: Any) -> int:
        """Lock the old rows that meet `where`, except those that a merge has locked; note their keys.

        Return how many there are.
        """
        self._execute(f"TRUNCATE TABLE {self._doomed}")
        conditions = " AND ".join([f"{self._aging.age} < %s", *(f"{left} %s" for left in where)])
        return self._execute(
            f"INSERT INTO {self._doomed} SELECT {self._keys}, {self._aging.age} FROM {self._aging.table} "
            f"WHERE {conditions} {how} FOR UPDATE SKIP LOCKED",
            self._before,
            *where.values(),
        )

    def _delete(self, table: str) -> int:
        return self._execute(
            f"DELETE {table} FROM {self._doomed} doomed STRAIGHT_JOIN {table} USING ({self._keys})"
        )

    def _execute(self, statement: str, *values: Any) -> int:
        self._cursor.execute(statement, values)
        return int(self._cursor.rowcount)

    def _ask(self, question: str, *values: Any) -> Any:
        """Return the single value of a query; decode text, which the connector returns as bytes on some servers."""
        self._cursor.execute(question, values)
        (found,) = self._cursor.fetchone() or (None,)
        return found.decode() if isinstance(found, bytes | bytearray) else found
