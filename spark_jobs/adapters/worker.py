"""What a job's functions run as, in Spark's Python workers."""

import gc
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pyarrow as pa

Frames = Iterator[pa.RecordBatch]


def run_in_worker(work: Callable[[Frames], Frames], frames: Frames) -> Frames:
    """What `work` makes of the record batches of one task; for mapInArrow, by functools.partial."""
    # PySpark collects after every task anyway, and nothing that decodes leaves cycles behind.
    gc.disable()
    say_nothing_of_closed_pipes()
    yield from work(frames)
    _spare_what_is_loaded()


@cache
def _spare_what_is_loaded() -> None:
    """Take all that a worker has loaded by the end of its first task out of the garbage collector's
    sight.

    PySpark collects after every task (pyspark/daemon.py), and went through every module each time:
    20 ms of processor time a task, more than the decoding of a thousand posts.
    """
    gc.freeze()


@cache
def say_nothing_of_closed_pipes() -> None:
    """Spark closes a worker's pipe where its task has failed, and says why: the worker's traceback
    (pyspark/daemon.py) of what it could not write any more tells nothing, and may be cut short.
    """
    tell = traceback.print_exc

    def print_exc(*arguments: Any, **named: Any) -> None:
        if not isinstance(sys.exception(), BrokenPipeError):
            tell(*arguments, **named)

    traceback.print_exc = print_exc
