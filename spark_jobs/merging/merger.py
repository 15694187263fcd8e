"""Merges staged batches into the tables, each in one transaction with the ledger, in a thread of
its own.

While one batch is merged, Spark stages the next. Only one merge runs at a time, and in order.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from spark_jobs.merges.run import Batch, Run
from spark_jobs.merging.broker import Broker, LogReader
from spark_jobs.merging.fence import Place, reached, replayed
from spark_jobs.merging.ledger import Ledger
from spark_jobs.merging.progress import Progress
from spark_jobs.merging.rejects import Rejects
from spark_jobs.merging.retries import Retries
from spark_jobs.merging.staging import Staging

NO_ENDS: Final[Mapping[Place, int]] = MappingProxyType({})
"""Of a batch of which is known what it holds only."""


class Merger:
    """Owns the connection that holds the lock; nothing else may use it while a merge runs."""

    def __init__(
        self,
        connection: Any,
        *,
        broker: Broker,
        ledger: Ledger,
        staging: Staging,
        progress: Progress,
        log_reader: LogReader,
        merge_tables: Callable[[Run], None],
        rejects: Rejects,
        retries: Retries | None = None,
        recover: Callable[[], None] | None = None,
    ) -> None:
        """Merge on `connection`. With `retries`, a submitted merge whose error may pass is done again, after `recover`.

        merge_tables  merges a staging table into the tables, all but the ledger and what counts it
        """
        self._connection = connection
        self._broker = broker
        self._ledger = ledger
        self._staging = staging
        self._progress = progress
        self._log_reader = log_reader
        self._merge_tables = merge_tables
        self._rejects = rejects
        self._retries = retries
        self._recover = recover
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="merge")
        self._running: Future[None] | None = None

    def submit(self, table: str, began_s: float, ends: Mapping[Place, int] = NO_ENDS) -> None:
        """Merge `table` when the batch before it is done; raises what that one raised."""
        self.wait()
        merge = partial(self.merge, table, began_s, ends)
        if self._retries is not None and self._recover is not None:
            self._running = self._pool.submit(self._retries.run, merge, self._recover)
        else:
            self._running = self._pool.submit(merge)

    def check(self) -> None:
        """Raise what the last merge raised, if it is done."""
        if self._running is not None and self._running.done():
            self._running.result()

    def wait(self) -> None:
        """Wait until no merge runs; raises what the last one raised."""
        if self._running is not None:
            self._running.result()

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        self._log_reader.close()

    def merge(self, table: str, began_s: float, ends: Mapping[Place, int] = NO_ENDS) -> None:
        """Merge one batch, all or nothing; the staging table is empty afterwards.

        ends  the offsets before which the batch ends, where that is known
        """
        is_all = partial(self._is_all, table)
        ranges = self._staging.ranges(table)
        if skip := replayed(ranges, self._ledger.next_offsets, is_all):
            self._staging.skip(table, skip)
            ranges = self._staging.ranges(table)
        after = reached(ranges, self._ledger.next_offsets, ends, is_all)
        if after:
            # A topic that is deleted and created again while the stream runs continues under the
            # old one's offsets, and Spark cannot see that. What was staged before this question is of the
            # topic that answers it, or older.
            self._ledger.check(self._broker.topic_ids(self._ledger.topics))
            rejected = sum(staged.rejected for staged in ranges)
            good = sum(staged.records for staged in ranges) - rejected
            with_detail = sum(staged.noted for staged in ranges)
            self._ledger.move(after)
            self._rejects.count(table, good=good, rejected=rejected)
            self._run(table, Batch(good, rejected, with_detail, is_whole=not skip))
            self._progress.add(ranges, after, batch_ms=round((time.monotonic() - began_s) * 1_000))
        self._connection.commit()
        self._ledger.moved(after)
        if after:
            self._rejects.counted()
        self._staging.empty(table)

    def _is_all(self, table: str, place: Place, first: int, end: int) -> bool:
        return self._staging.offsets(table, place, first, end) == self._log_reader.offsets(
            place, first, end
        )

    def _run(self, table: str, batch: Batch) -> None:
        staging = self._staging
        tables = {"staged": table, **staging.temporary}
        with self._connection.cursor() as cursor:
            self._merge_tables(Run(batch, tables, cursor))
