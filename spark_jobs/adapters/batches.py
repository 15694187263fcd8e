"""What Spark calls for each batch of a stream, and how that comes to an end."""

import threading
from collections.abc import Callable
from typing import Final

from mysql.connector import Error as DatabaseError
from pyspark.sql import DataFrame

from spark_jobs.adapters.jvm import living_jvm
from tidemark.errors import TidemarkError

FINISH_WITHIN_S: Final = 10.0
"""How long a stream that is to end lets Spark finish the batch at hand."""


class Batches:
    """Gives each batch and its number to `store` until one fails or it is told to finish."""

    def __init__(self, store: Callable[[DataFrame, int], None]) -> None:
        self._store = store
        self._busy = threading.Lock()
        self._closed = False
        self._error: Exception | None = None

    def take(self, rows: DataFrame, batch_id: int) -> None:
        with self._busy:
            if self._closed:
                return
            try:
                with living_jvm():
                    self._store(rows, batch_id)
            except (TidemarkError, DatabaseError) as error:
                # Raised here, py4j and Spark would tell it as well, each with all of its stack.
                self._error, self._closed = error, True
            except Exception:
                # A batch that took longer than FINISH_WITHIN_S is cut off where it is: whatever
                # that raises is no news.
                if not self._closed:
                    raise

    def check(self) -> None:
        """Raise what a batch has raised."""
        if self._error is not None:
            raise self._error

    def finish(self) -> None:
        """Let the batch at hand be stored, for FINISH_WITHIN_S at most, and take no other: Kafka
        keeps what is not.

        Spark, stopped amid its tasks, fills the log with what their ends tell each other.
        """
        self._closed = True
        if self._busy.acquire(timeout=FINISH_WITHIN_S):
            # Whoever comes now must not wait for us: Spark waits for them.
            self._busy.release()
