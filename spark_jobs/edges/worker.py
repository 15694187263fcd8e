"""What a job's functions run as, in Spark's Python workers."""

import gc
from collections.abc import Callable, Iterator
from functools import cache

import pyarrow as pa

Frames = Iterator[pa.RecordBatch]


def run_in_worker(work: Callable[[Frames], Frames], frames: Frames) -> Frames:
    """What `work` makes of the record batches of one task; for mapInArrow, by functools.partial."""
    # PySpark collects after every task anyway, and nothing that decodes leaves cycles behind.
    gc.disable()
    yield from work(frames)
    _spare_what_is_loaded()


@cache
def _spare_what_is_loaded() -> None:
    """Take all that a worker has loaded by the end of its first task out of the garbage collector's sight.

    PySpark collects after every task (pyspark/daemon.py), and went through every module each time: 20 ms of processor
    time a task, more than the decoding of a thousand posts.
    """
    gc.freeze()
