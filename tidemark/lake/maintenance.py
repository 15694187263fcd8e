"""Keeps a table in order while it is written: small files become large ones, old days go."""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tidemark.errors import TidemarkError
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakePlace
from tidemark.lake.table import DAY, LakeTable
from tidemark.lake.writer import LakeWriter

logger = logging.getLogger(__name__)

EVERY_S: Final = 3_600
SMALL_BYTES: Final = 32 << 20
FEW: Final = 8
"""So many small files of the running day are left; of a day that is over, one."""
READABLE_HOURS: Final = 24
"""How long files are kept that the table no longer names: for those who are reading them."""


@dataclass(frozen=True)
class Tended:
    """What was done: files before and after, days and files that went."""

    compacted: int = 0
    into: int = 0
    dropped_rows: int = 0
    deleted: int = 0


class Tending:
    """Tends the table once an hour at most, in a thread; what fails is logged, and tried again an
    hour later."""

    def __init__(self, place: LakePlace, topic: str, keep_days: int | None) -> None:
        self._place = place
        self._topic = topic
        self._keep_days = keep_days
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lake")
        self._next_s = time.monotonic() + EVERY_S
        self._running: Future[None] | None = None
        self._stop = threading.Event()

    def begin(self) -> None:
        """Where it is time, and none runs."""
        if time.monotonic() >= self._next_s and (self._running is None or self._running.done()):
            self._next_s = time.monotonic() + EVERY_S
            self._running = self._pool.submit(self._tend)

    def close(self) -> None:
        """What is half done is left; the next driver deletes it."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _tend(self) -> None:
        try:
            table = LakeTable.find(self._place, self._topic)
            if table is not None:
                done = tend(table, self._keep_days, datetime.now(UTC).date(), stop=self._stop)
                logger.info(
                    "lake tended", extra={"topic": self._topic, "compacted": done.compacted}
                )
        except (TidemarkError, OSError) as error:
            logger.warning("lake not tended: %s", error, extra={"topic": self._topic})


def tend(
    table: LakeTable,
    keep_days: int | None,
    today: date,
    *,
    readable_hours: int = READABLE_HOURS,
    stop: threading.Event | None = None,
) -> Tended:
    """Drop days before the last `keep_days`, compact, delete what the table no longer names, until
    `stop` is set."""
    stop = stop or threading.Event()
    dropped = table.drop(today - timedelta(days=keep_days)) if keep_days is not None else []
    compacted = into = 0
    for day, of_day in groupby(table.files(), key=lambda file: file.day):
        small = [file for file in of_day if file.size_bytes < SMALL_BYTES]
        if len(small) > (FEW if day >= today else 1) and (made := compact(table, small, stop)):
            compacted, into = compacted + len(small), into + made
    deleted = 0 if stop.is_set() else table.vacuum(readable_hours)
    return Tended(compacted, into, sum(file.rows for file in dropped), deleted)


def compact(table: LakeTable, small: list[LakeFile], stop: threading.Event | None = None) -> int:
    """Write the rows of files of one day into larger ones, as they came; how many.

    0 where one of them has gone meanwhile, or `stop` was set: then all is as it was.
    """
    files = table.place.files(table.topic)
    columns = pa.schema([field for field in table.schema if field.name != DAY])
    writer = LakeWriter(files, columns, table.place.folder(table.topic))
    for file in small:
        with files.open_input_file(file.path) as source, pq.ParquetFile(source) as parquet:
            for batch in parquet.iter_batches(batch_size=10_000):
                if stop is not None and stop.is_set():
                    return 0
                writer.write(_with_day(batch, columns, file.day))
    written = [made for made, _ in writer.close()]
    return len(written) if table.replace(small, written) else 0


def _with_day(batch: pa.RecordBatch, columns: pa.Schema, day: date) -> pa.RecordBatch:
    there = [
        batch[field.name].cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(len(batch), field.type)
        for field in columns
    ]
    return pa.record_batch(
        [*there, pa.repeat(pa.scalar(day, pa.date32()), len(batch))],
        schema=columns.append(pa.field(DAY, pa.date32())),
    )
