"""Batches of a topic into its table of the lake: executors write files, the driver commits them."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, Row
from pyspark.sql.pandas.types import from_arrow_schema

from spark_jobs.adapters.batches import Batches
from spark_jobs.adapters.checkpoint import Checkpoint
from spark_jobs.adapters.lake_fence import lake_errors, offsets_after
from spark_jobs.adapters.lake_files import WRITTEN, file_of, ranges_of, write_files
from spark_jobs.adapters.worker import run_in_worker
from spark_jobs.merging.broker import Broker, LogReader, TopicState
from spark_jobs.merging.fence import Place, check_topic
from tidemark.lake.maintenance import Maintenance
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.table import LakeTable

logger = logging.getLogger(__name__)

WRITERS: Final = 1
"""Tasks that write a batch. One leaves the other core to the stream that merges, and makes one file
of it."""


class LakeBatches(Batches):
    """Writes each batch into files, and commits these to the table behind the fence."""

    def __init__(
        self,
        state: TopicState,
        table: LakeTable,
        start: dict[int, int],
        *,
        broker: Broker,
        log_reader: LogReader,
        checkpoint: Checkpoint,
        maintenance: Maintenance,
    ) -> None:
        """Write from `start` on, the next offset of every partition."""
        super().__init__(self._write)
        self._topic = state.name
        self._topic_id = state.topic_id
        self._table = table
        self._next = dict(start)
        self._broker = broker
        self._log_reader = log_reader
        self._checkpoint = checkpoint
        self._maintenance = maintenance

    def close(self) -> None:
        """Stop the table's maintenance, and close the log reader."""
        self._maintenance.close()
        self._log_reader.close()

    def _write(self, rows: DataFrame, batch_id: int) -> None:
        write = partial(write_files, self._table.location, self._topic, self._topic_id)
        files = rows.coalesce(WRITERS).mapInArrow(
            partial(run_in_worker, write), from_arrow_schema(WRITTEN)
        )
        self._commit(files.collect(), batch_id)
        self._maintenance.begin()

    def _commit(self, files: Sequence[Row], batch_id: int) -> None:
        held, ends = ranges_of(files), self._checkpoint.ends(batch_id)
        with lake_errors(self._topic):
            is_all = partial(self._is_all, files)
            after = offsets_after(self._topic, self._next, held, ends, is_all)
            # A topic that is deleted and made again while the stream runs continues under the old
            # one's offsets, and Spark cannot see that. What was written before this question is of
            # the topic that answers it, or older.
            found_ids = self._broker.topic_ids([self._topic])
            check_topic(self._topic, self._topic_id, found_ids[self._topic])
        if after == self._next:
            return
        # The table's offsets are what they were at our start or after our last commit, else another
        # driver is at work.
        offsets = LakeOffsets(self._topic_id, after)
        self._table.append([file_of(row) for row in files], self._table.offsets, offsets)
        self._next = after
        records = sum(count for _, _, count in held.values())
        logger.info("lake batch", extra={"topic": self._topic, "rows": records})

    def _is_all(self, files: Sequence[Row], place: Place, first: int, end: int) -> bool:
        """Return whether the files have each record of the place that a consumer finds between the
        offsets."""
        _, partition = place
        found: list[int] = []
        for file in files:
            offsets = self._offsets(file.path, partition)
            found += [offset for offset in offsets if first <= offset < end]
        return sorted(found) == self._log_reader.offsets(place, first, end)

    def _offsets(self, path: str, partition: int) -> list[int]:
        filesystem = self._table.location.files(self._topic)
        columns = ["kafka_partition", "kafka_offset"]
        rows: pa.Table = pq.read_table(path, columns=columns, filesystem=filesystem)
        of_partition = rows.filter(pc.equal(rows["kafka_partition"], partition))
        offsets: list[int] = of_partition["kafka_offset"].to_pylist()
        return offsets
