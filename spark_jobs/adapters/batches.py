"""What Spark calls for each batch of a stream, and how the calls come to an end."""

import threading
from collections.abc import Callable
from typing import Final

from mysql.connector import Error as DatabaseError
from pyspark.sql import DataFrame
from pyspark.sql.streaming import StreamingQuery

from spark_jobs.adapters.checkpoint import Checkpoint
from spark_jobs.adapters.jvm import living_jvm
from tidemark.errors import TidemarkError

FINISH_WITHIN_S: Final = 10.0
"""How long a stream that is to end lets Spark finish the current batch."""


class Batches:
    """Gives each batch and its number to `store`, until one fails or finish() is called."""

    def __init__(self, store: Callable[[DataFrame, int], None]) -> None:
        self._store = store
        self._busy = threading.Lock()
        self._closed = False
        self._error: Exception | None = None

    def start(
        self, rows: DataFrame, name: str, checkpoint: Checkpoint, every_s: int
    ) -> StreamingQuery:
        """Start the query whose batches these are; one begins `every_s` seconds after another."""
        return (
            rows.writeStream.queryName(name)
            .foreachBatch(self.on_batch)
            .trigger(processingTime=f"{every_s} seconds")
            .option("checkpointLocation", str(checkpoint.folder))
            .start()
        )

    def on_batch(self, rows: DataFrame, batch_id: int) -> None:
        """Store a batch; Spark calls this. An error of ours is kept for check()."""
        with self._busy:
            if self._closed:
                return
            try:
                with living_jvm():
                    self._store(rows, batch_id)
            except (TidemarkError, DatabaseError) as error:
                # Raised here, py4j and Spark would log it as well, each with its whole stack.
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
        """Wait until the current batch is stored, for FINISH_WITHIN_S at most, and store no other:
        Kafka keeps what is not stored.

        Stopped in the middle of a batch, Spark would fill the log with the errors of its tasks.
        """
        self._closed = True
        if self._busy.acquire(timeout=FINISH_WITHIN_S):
            # A call that comes now must not wait for us: Spark waits for it.
            self._busy.release()
