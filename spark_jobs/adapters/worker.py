"""How a job's functions run in Spark's Python workers."""

import gc
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pyarrow as pa

Frames = Iterator[pa.RecordBatch]


def run_in_worker(work: Callable[[Frames], Frames], frames: Frames) -> Frames:
    """Yield what `work` makes of the record batches of one task; for mapInArrow, by
    functools.partial."""
    # PySpark collects after every task anyway, and nothing that decodes leaves cycles behind.
    gc.disable()
    silence_broken_pipes()
    yield from work(frames)
    _spare_what_is_loaded()


@cache
def _spare_what_is_loaded() -> None:
    """Hide all that a worker has loaded by the end of its first task from the garbage collector.

    PySpark collects after every task (pyspark/daemon.py), and went through every module each time:
    20 ms of processor time a task, more than the decoding of a thousand posts.
    """
    gc.freeze()


@cache
def silence_broken_pipes() -> None:
    """Suppress a worker's traceback of a BrokenPipeError (pyspark/daemon.py).

    When a task fails, Spark closes the worker's pipe and reports the cause. That the worker can no
    longer write is noise.
    """
    original = traceback.print_exc

    def print_exc(*arguments: Any, **named: Any) -> None:
        if not isinstance(sys.exception(), BrokenPipeError):
            original(*arguments, **named)

    traceback.print_exc = print_exc
