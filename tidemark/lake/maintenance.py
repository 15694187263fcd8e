"""Keeps a table in order while it is written: compacts small files, drops old days, deletes unreferenced files."""

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
from tidemark.lake.location import LakeLocation
from tidemark.lake.table import DAY, LakeTable
from tidemark.lake.writer import LakeWriter

logger = logging.getLogger(__name__)

EVERY_S: Final = 3_600
SMALL_BYTES: Final = 32 << 20
FEW: Final = 8
"""How many small files the current day may have; a day that is over has one at most."""
READABLE_HOURS: Final = 24
"""How long files are kept that the table no longer references: somebody may be reading them."""


@dataclass(frozen=True)
class MaintenanceResult:
    """What was done.

    compacted, into  files that were compacted, and how many they became
    dropped_rows     rows of days that were too old
    deleted          unreferenced files
    """

    compacted: int = 0
    into: int = 0
    dropped_rows: int = 0
    deleted: int = 0


class Maintenance:
    """Maintains the table in a thread, once an hour at most; a failure is logged, and retried an hour later."""

    def __init__(self, location: LakeLocation, topic: str, keep_days: int | None) -> None:
        self._location = location
        self._topic = topic
        self._keep_days = keep_days
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lake")
        self._next_s = time.monotonic() + EVERY_S
        self._running: Future[None] | None = None
        self._stop = threading.Event()

    def begin(self) -> None:
        """Start if an hour has passed and no run is under way."""
        is_idle = self._running is None or self._running.done()
        if is_idle and time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + EVERY_S
            self._running = self._pool.submit(self._run)

    def close(self) -> None:
        """Stop; the next driver deletes files that are half written."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        try:
            table = LakeTable.find(self._location, self._topic)
            if table is not None:
                done = maintain(table, self._keep_days, datetime.now(UTC).date(), stop=self._stop)
                logger.info(
                    "lake table compacted",
                    extra={"topic": self._topic, "files": done.compacted, "into": done.into},
                )
        except (TidemarkError, OSError) as error:
            logger.warning(
                "lake maintenance failed; retrying in an hour",
                extra={"topic": self._topic, "error": error},
            )


def maintain(
    table: LakeTable,
    keep_days: int | None,
    today: date,
    *,
    readable_hours: int = READABLE_HOURS,
    stop: threading.Event | None = None,
) -> MaintenanceResult:
    """Drop days before the last `keep_days`, compact, and delete unreferenced files, until `stop` is set."""
    stop = stop or threading.Event()
    dropped = table.drop(today - timedelta(days=keep_days)) if keep_days is not None else []
    compacted = into = 0
    for day, of_day in groupby(table.files(), key=lambda file: file.day):
        small = [file for file in of_day if file.size_bytes < SMALL_BYTES]
        allowed = FEW if day >= today else 1
        if len(small) > allowed and (made := compact(table, small, stop)):
            compacted += len(small)
            into += made
    deleted = 0 if stop.is_set() else table.vacuum(readable_hours)
    return MaintenanceResult(compacted, into, sum(file.rows for file in dropped), deleted)


def compact(table: LakeTable, small: list[LakeFile], stop: threading.Event | None = None) -> int:
    """Write the rows of files of one day into larger files, in order; return the number of these.

    Return 0, and change nothing, if one of the files has been removed meanwhile or `stop` is set.
    """
    files = table.location.files(table.topic)
    columns = pa.schema([field for field in table.schema if field.name != DAY])
    writer = LakeWriter(files, columns, table.location.folder(table.topic))
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
