"""Counts, by source, the records that a job rejects in a row; sets aside a source of which nothing
can be read."""

import logging
from collections.abc import Mapping
from typing import Any

from spark_jobs.merging.rejection import UNKNOWN, Streak, count_rejections

logger = logging.getLogger(__name__)


class Rejects:
    """One job's rows of `source_rejects`, on the connection that merges.

    They are written in the merge's own transaction, before its statements: `rejected`
    (merges/rejected/) reads them.
    """

    def __init__(self, connection: Any, job: str, limit: int) -> None:
        self._connection = connection
        self._job = job
        self._limit = limit
        self._streaks: dict[str, Streak] = {}
        self._next: dict[str, Streak] = {}

    def open(self) -> None:
        """Read the counts of the sources; log those that are set aside."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT source, in_a_row, not_stored, set_aside_at IS NOT NULL FROM source_rejects WHERE job = %s",
                (self._job,),
            )
            self._streaks = {
                source: Streak(in_a_row, not_stored, bool(aside))
                for source, in_a_row, not_stored, aside in cursor
            }
        self._next = self._streaks
        for source, streak in self._streaks.items():
            if streak.is_set_aside:
                logger.warning("source is still set aside", extra=self._fields(source, streak))

    def count(self, table: str, *, good: int, rejected: int) -> None:
        """Count a staged batch, within the transaction that merges it. counted() after its commit.

        Reads the staging table only where something was rejected, or a streak may end.
        """
        self._next = self._streaks
        running = {source for source, streak in self._streaks.items() if streak.rejected}
        if not rejected and not running:
            return
        by_source = self._rejected(table) if rejected else {}
        asked = by_source.keys() | running
        with_good = frozenset(source for source in asked if good and self._has_good(table, source))
        self._next = count_rejections(self._streaks, by_source, with_good, self._limit)
        changed = self._next.items() - self._streaks.items()
        self._store(dict(changed))

    def counted(self) -> None:
        """Remember what `count` counted, once it is committed; log sources that are set aside from
        now on, or no longer."""
        was, self._streaks = self._streaks, self._next
        for source, streak in self._streaks.items():
            before = was.get(source, Streak())
            if streak.is_set_aside and not before.is_set_aside:
                logger.error(
                    "source set aside: too many of its records were rejected in a row; further ones are counted, "
                    "not stored, until one is good (docs/operate.md, 'A source is set aside')",
                    extra=self._fields(source, streak),
                )
            elif before.is_set_aside and not streak.is_set_aside:
                logger.warning("source no longer set aside", extra=self._fields(source, before))

    def _fields(self, source: str, streak: Streak) -> dict[str, object]:
        named = source if source != UNKNOWN else "unknown"
        return {
            "job": self._job,
            "source": named,
            "in_a_row": streak.rejected,
            "not_stored": streak.not_stored,
        }

    def _rejected(self, table: str) -> dict[str, int]:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT COALESCE(source, %s) AS of_source, COUNT(*) FROM {table} "  # noqa: S608, our table's name
                "WHERE reason IS NOT NULL AND position = 0 GROUP BY of_source",
                (UNKNOWN,),
            )
            return dict(cursor.fetchall())

    def _has_good(self, table: str, source: str) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM {table} WHERE reason IS NULL AND source = %s AND position = 0 LIMIT 1",  # noqa: S608
                (source,),
            )
            return cursor.fetchone() is not None

    def _store(self, changed: Mapping[str, Streak]) -> None:
        with self._connection.cursor() as cursor:
            for source, streak in changed.items():
                cursor.execute(
                    "INSERT INTO source_rejects (job, source, in_a_row, not_stored, set_aside_at) "
                    "VALUES (%s, %s, %s, %s, IF(%s, UTC_TIMESTAMP(3), NULL)) "
                    "ON DUPLICATE KEY UPDATE in_a_row = VALUES(in_a_row), not_stored = VALUES(not_stored), "
                    "set_aside_at = IF(VALUES(set_aside_at) IS NULL, NULL, "
                    "COALESCE(source_rejects.set_aside_at, VALUES(set_aside_at)))",
                    (self._job, source, streak.rejected, streak.not_stored, streak.is_set_aside),
                )
