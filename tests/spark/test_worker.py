"""run_in_worker in Spark's own Python workers."""

import gc
import os
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import SparkSession

from spark_jobs.adapters.worker import run_in_worker


def _tell_of_worker(frames: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in frames:
        told = {"pid": os.getpid(), "spared": gc.get_freeze_count(), "collects": gc.isenabled()}
        yield pa.RecordBatch.from_pylist([told])


def test_a_worker_collects_nothing_within_a_task_and_spares_what_it_has_loaded_once_after_its_first(
    session: SparkSession,
) -> None:
    tell = partial(run_in_worker, _tell_of_worker)
    frame = session.range(0, 1, numPartitions=1).mapInArrow(
        tell, "pid bigint, spared bigint, collects boolean"
    )

    spared = defaultdict(list)
    for _ in range(12):  # Spark chooses which of its workers does the next
        (row,) = frame.collect()
        spared[row.pid].append(row.spared)
        assert not row.collects

    assert all(counts[0] == 0 and len(set(counts[1:])) <= 1 for counts in spared.values())
    assert max(counts[-1] for counts in spared.values()) > 10_000  # all of pyspark and pyarrow
