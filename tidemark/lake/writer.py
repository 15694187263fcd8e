"""Writes data files: one Parquet file for each day. The table does not have them before a commit."""

import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pa_fs
import pyarrow.parquet as pq

from tidemark.lake.disk import sync_file, sync_folder
from tidemark.lake.file import LakeFile
from tidemark.lake.offset_ranges import OffsetRange, Ranges, footer_of, merge_ranges

FILE_BYTES: Final = 128 << 20
GROUP_BYTES: Final = 32 << 20
GROUP_ROWS: Final = 50_000
OPEN_FILES: Final = 4
"""A batch nearly always holds one day, at midnight two; more only if clocks are wrong."""


@dataclass
class _Open:
    path: str
    writer: pq.ParquetWriter
    waiting: list[pa.RecordBatch] = field(default_factory=list)
    waiting_rows: int = 0
    waiting_bytes: int = 0
    written_bytes: int = 0
    rows: int = 0
    ranges: Ranges = field(default_factory=dict)
    received: tuple[datetime, datetime] | None = None


class LakeWriter:
    """Writes rows into files; memory holds one row group for each open file.

    schema  the table's, without the day
    folder  the table's folder on a local disk, which is synced; None in a bucket, which has a file once it is closed
    """

    def __init__(self, files: pa_fs.FileSystem, schema: pa.Schema, folder: Path | None) -> None:
        self._files = files
        self._schema = schema
        self._folder = folder
        self._open: OrderedDict[date, _Open] = OrderedDict()
        self._done: list[tuple[LakeFile, Ranges]] = []

    def write(self, rows: pa.RecordBatch) -> None:
        """Add rows, which have a column `day`."""
        days = rows["day"]
        for day in pc.unique(days).to_pylist():
            of_day = rows.filter(pc.equal(days, pa.scalar(day, pa.date32())))
            self._add(day, of_day.select(self._schema.names))

    def close(self) -> list[tuple[LakeFile, Ranges]]:
        """Finish all files and return them, each with its range of offsets by partition."""
        for day in list(self._open):
            self._finish(day)
        return self._done

    def _add(self, day: date, rows: pa.RecordBatch) -> None:
        file = self._file(day)
        file.waiting.append(rows)
        file.waiting_rows += len(rows)
        file.waiting_bytes += rows.nbytes
        _note(file, rows)
        if file.waiting_rows >= GROUP_ROWS or file.waiting_bytes >= GROUP_BYTES:
            _flush(file)
            if file.written_bytes >= FILE_BYTES:
                self._finish(day)

    def _file(self, day: date) -> _Open:
        if day in self._open:
            self._open.move_to_end(day)
            return self._open[day]
        if len(self._open) >= OPEN_FILES:
            self._finish(next(iter(self._open)))
        folder = f"day={day.isoformat()}"
        if self._folder is not None and not (self._folder / folder).exists():
            self._files.create_dir(folder, recursive=True)
            sync_folder(self._folder)
        path = f"{folder}/{uuid.uuid4()}.parquet"
        writer = pq.ParquetWriter(
            path, self._schema, filesystem=self._files, compression="zstd", compression_level=3
        )
        self._open[day] = _Open(path, writer)
        return self._open[day]

    def _finish(self, day: date) -> None:
        file = self._open.pop(day)
        _flush(file)
        file.writer.add_key_value_metadata(footer_of(file.ranges))
        file.writer.close()
        if self._folder is not None:
            sync_file(self._folder / file.path)
            sync_folder((self._folder / file.path).parent)
        size_bytes = self._files.get_file_info(file.path).size
        self._done.append((_lake_file(file, day, size_bytes), file.ranges))


def _lake_file(file: _Open, day: date, size_bytes: int) -> LakeFile:
    first_received_at, last_received_at = file.received or (None, None)
    return LakeFile(
        path=file.path,
        size_bytes=size_bytes,
        day=day,
        rows=file.rows,
        first_offset=min(offsets.first for offsets in file.ranges.values()),
        last_offset=max(offsets.last for offsets in file.ranges.values()),
        first_received_at=first_received_at,
        last_received_at=last_received_at,
    )


def _note(file: _Open, rows: pa.RecordBatch) -> None:
    """Update the file's row count, its offsets and its times of arrival."""
    file.rows += len(rows)
    merge_ranges(file.ranges, _ranges(rows))
    received = pc.min_max(rows["received_at"]).as_py()
    first, last = received["min"], received["max"]
    if first is not None:
        known_first, known_last = file.received or (first, last)
        file.received = (min(known_first, first), max(known_last, last))


def _ranges(rows: pa.RecordBatch) -> Ranges:
    partitions = rows["kafka_partition"]
    found: Ranges = {}
    for partition in pc.unique(partitions).to_pylist():
        offsets = rows["kafka_offset"].filter(pc.equal(partitions, partition))
        ends = pc.min_max(offsets).as_py()
        found[partition] = OffsetRange(ends["min"], ends["max"], len(offsets))
    return found


def _flush(file: _Open) -> None:
    if file.waiting:
        file.writer.write_table(pa.Table.from_batches(file.waiting), row_group_size=GROUP_ROWS)
        file.written_bytes += file.waiting_bytes // 4  # what zstd leaves of JSON, roughly
        file.waiting, file.waiting_rows, file.waiting_bytes = [], 0, 0
