"""Drops old rows of one table, some thousand at a time, without ever waiting for a merge.

A chunk is first locked, and what a merge has locked is skipped: it stays until the next time. So
this transaction waits for nobody, no deadlock can have it in its ring, and a merge waits for it a
tenth of a second at most, and only where it wants one of these very rows.
"""

import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from tidemark.upkeep.aging import Aging

CHUNK_ROWS: Final = 2_000


class Dropping:
    """One table's old rows, on a connection of our own with READ COMMITTED.

    `stage` is the database for what is on its way; there the keys of a chunk lie, in a temporary
    table.
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
        """Rows that went, by table; the rest stays where `stop` is set."""
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
        """How many rows are doomed now, chunk by chunk, by the index that begins with their age."""
        age = self._aging.age
        oldest_first = f"ORDER BY {age} LIMIT {CHUNK_ROWS}"
        doomed = self._doom(oldest_first)
        while doomed:
            # What went stands in the index for a while: from its beginning, all of that would be
            # read each time.
            reached = self._ask(f"SELECT MAX(old_at) FROM {self._doomed}")
            yield doomed
            doomed = self._doom(oldest_first, **{f"{age} >=": reached})

    def _walk(self) -> Iterator[int]:
        """The same over all rows, source by source, in the order of the key."""
        table, name = self._aging.table, self._aging.key[1]
        source = self._ask(f"SELECT MIN(source) FROM {table}")
        while source is not None:
            last: str | None = ""
            while last is not None:
                at = {"source =": source, f"{name} >": last}
                last = self._ask(
                    f"SELECT {name} FROM {table} WHERE source = %s AND {name} > %s "
                    f"ORDER BY {name} LIMIT 1 OFFSET {CHUNK_ROWS - 1}",
                    *at.values(),
                )
                yield self._doom(**at, **({f"{name} <=": last} if last is not None else {}))
            source = self._ask(f"SELECT MIN(source) FROM {table} WHERE source > %s", source)

    def _doom(self, how: str = "", **where: Any) -> int:
        """Lock old rows that meet `where`, but for those that a merge has, and note their keys; how
        many."""
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
        """The one value of the answer; text as text, which the connector gives as bytes on some
        servers."""
        self._cursor.execute(question, values)
        (found,) = self._cursor.fetchone() or (None,)
        return found.decode() if isinstance(found, bytes | bytearray) else found
