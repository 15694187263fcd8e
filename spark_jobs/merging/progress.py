"""What a job did, written by itself: one row for ten seconds in `job_progress`."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from spark_jobs.merging.broker import Broker
from spark_jobs.merging.fence import Place, StagedRange
from spark_jobs.merging.ledger import Ledger

LAG_EVERY_S = 1.0


class Progress:
    """Adds each batch to the row of its ten seconds, in the batch's own transaction."""

    def __init__(self, connection: Any, job: str, broker: Broker, ledger: Ledger) -> None:
        self._connection = connection
        self._job = job
        self._broker = broker
        self._ledger = ledger
        self._latest: dict[tuple[str, int], int] = {}
        self._asked_s = 0.0

    def start(self) -> None:
        """Write a row before any batch, so that the job is seen to run."""
        self._insert(batches=0, read=0, rejected=0, batch_ms=0, lag=self._lag({}))
        self._connection.commit()

    def add(
        self, ranges: Sequence[StagedRange], after: Mapping[Place, int], *, batch_ms: int
    ) -> None:
        """Add a batch, within the transaction that merges the ranges and moves the ledger to
        `after`."""
        self._insert(
            batches=1,
            read=sum(staged.records for staged in ranges),
            rejected=sum(staged.rejected for staged in ranges),
            batch_ms=batch_ms,
            lag=self._lag(after),
        )

    def _lag(self, after: Mapping[Place, int]) -> int:
        """Return how many records of Kafka are not merged once the ledger is there; asks the broker
        once a second."""
        done = {**self._ledger.next_offsets, **after}
        if time.monotonic() - self._asked_s >= LAG_EVERY_S:
            self._latest = self._broker.latest(list(done))
            self._asked_s = time.monotonic()
        waiting = (latest - done[place] for place, latest in self._latest.items())
        return sum(max(0, records) for records in waiting)

    def _insert(self, *, batches: int, read: int, rejected: int, batch_ms: int, lag: int) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO job_progress "
                "(job, at, batches, rows_read, rows_rejected, busy_ms, max_batch_ms, lag_rows) "
                "VALUES (%s, UTC_TIMESTAMP() - INTERVAL MOD(SECOND(UTC_TIMESTAMP()), 10) SECOND, "
                "%s, %s, %s, %s, %s, %s) "
                "ON DUPLICATE KEY UPDATE batches = batches + VALUES(batches), "
                "rows_read = rows_read + VALUES(rows_read), "
                "rows_rejected = rows_rejected + VALUES(rows_rejected), busy_ms = busy_ms + VALUES(busy_ms), "
                "max_batch_ms = GREATEST(max_batch_ms, VALUES(max_batch_ms)), lag_rows = VALUES(lag_rows)",
                (self._job, batches, read, rejected, batch_ms, batch_ms, lag),
            )
