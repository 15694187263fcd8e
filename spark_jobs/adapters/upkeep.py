"""Threads in the driver of all jobs, beside the streams: one drops old rows, one warns of full
disks.

What fails there is logged and retried later; no job ends because of it.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from mysql.connector import Error as DatabaseError
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from tidemark.errors import TidemarkError
from tidemark.settings import Settings
from tidemark.upkeep.guard import Guard, unseen_disks
from tidemark.upkeep.retention import drop_old_rows

logger = logging.getLogger(__name__)

FIRST_DROP_S: Final = 600
"""A driver that has just started has a backlog to merge."""
DROP_EVERY_S: Final = 3_600
"""How often it checks which tables are due; each is once a day."""
LOOK_EVERY_S: Final = 300
CLOSE_WITHIN_S: Final = 10
BUSY_TWICE: Final = 2
"""Another that drops rows needs minutes: one that is still at it an hour later may never end."""


class Upkeep:
    """A driver's Stream (driver.py), without a query."""

    name = "upkeep"
    query: StreamingQuery | None = None

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._busy_in_a_row = 0

    def open(self) -> None:
        pass

    def start(self, session: SparkSession) -> None:
        guard = Guard(self._settings)
        self._begin("disks", 0, LOOK_EVERY_S, guard.look)
        self._begin("retention", FIRST_DROP_S, DROP_EVERY_S, self._drop)
        if unseen := unseen_disks(self._settings):
            logger.info("disks not monitored", extra={"of": "; ".join(unseen)})

    def check(self) -> None:
        pass

    def finish(self) -> None:
        self._stop.set()

    def close(self) -> None:
        """Stop the threads. A drop that is interrupted continues next time."""
        self._stop.set()
        for thread in self._threads:
            thread.join(CLOSE_WITHIN_S)

    def _begin(self, name: str, first_s: float, every_s: float, do: Callable[[], None]) -> None:
        thread = threading.Thread(
            target=self._repeat, args=(name, first_s, every_s, do), name=name, daemon=True
        )
        thread.start()
        self._threads.append(thread)

    def _repeat(self, name: str, wait_s: float, every_s: float, do: Callable[[], None]) -> None:
        while not self._stop.wait(wait_s):
            try:
                do()
            except (TidemarkError, DatabaseError, OSError) as error:
                logger.warning("%s failed: %s; retrying in %d minutes", name, error, every_s // 60)
            wait_s = every_s

    def _drop(self) -> None:
        dropped = drop_old_rows(self._settings, datetime.now(UTC).date(), self._stop, due=True)
        self._busy_in_a_row = self._busy_in_a_row + 1 if dropped is None else 0
        if self._busy_in_a_row >= BUSY_TWICE:
            logger.warning(
                "retention: nothing was dropped %d times in a row, as another connection of tidemark_writer holds "
                "retention's lock; see SHOW PROCESSLIST for it",
                self._busy_in_a_row,
            )
