"""Reads a table in the order of offsets, so that one offset for each partition is a cursor.

A table is ordered by day, and days need not follow offsets: so each window of offsets is read from all files that
overlap it, and sorted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tidemark.errors import LakeError
from tidemark.lake.file import LakeFile
from tidemark.lake.offset_ranges import Ranges, read_ranges
from tidemark.lake.reader import Span, Window, read
from tidemark.lake.table import LakeTable

WINDOW_ROWS: Final = 20_000


class OffsetReader:
    """Reads the rows of one version of a table within a span. Offsets of a file come from its footer, read once."""

    def __init__(self, table: LakeTable, span: Span, columns: Sequence[str]) -> None:
        self._table = table
        self._span = span
        self._columns = columns
        self._known: dict[str, Ranges] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read which files the table has now."""
        files = [file for file in self._table.files() if self._span.may_hold(file)]
        self._held = [(file, self._ranges(file)) for file in files]

    def first(self) -> dict[int, int]:
        """Return the least offset of each partition."""
        found: dict[int, int] = {}
        for _, ranges in self._held:
            for partition, offsets in ranges.items():
                least = found.get(partition, offsets.first)
                found[partition] = min(offsets.first, least)
        return found

    def read_next(
        self, topic_id: str, partition: int, at: int, end: int
    ) -> tuple[pa.Table, int] | None:
        """Return the rows of a window from offset `at` on, sorted, and the offset after it.

        Return None if there are none before `end`.
        """
        parts = [(file, ranges[partition]) for file, ranges in self._held if partition in ranges]
        ahead = [max(offsets.first, at) for _, offsets in parts if offsets.last >= at]
        start = min(ahead, default=end)
        if start >= end:
            return None
        until = min(start + WINDOW_ROWS, end)
        files = [file for file, offsets in parts if offsets.overlaps(start, until)]
        window = Window(partition, start, until)
        span = replace(self._span, topic_id=topic_id, window=window)
        rows = self._read(span, files)
        in_order = pc.sort_indices(rows["kafka_offset"])
        return rows.take(in_order), until

    def _read(self, span: Span, files: Sequence[LakeFile]) -> pa.Table:
        schema = pa.schema([self._table.schema.field(name) for name in self._columns])
        batches = read(self._table, self._columns, span, files)
        return pa.Table.from_batches(list(batches), schema)

    def _ranges(self, file: LakeFile) -> Ranges:
        if file.path not in self._known:
            with self._table.location.files(self._table.topic).open_input_file(file.path) as source:
                found = read_ranges(_footer(source))
            if found is None:
                raise LakeError(
                    f"{file.path} was not written by Tidemark and states no offsets; export the topic as a whole"
                )
            self._known[file.path] = found
        return self._known[file.path]


def _footer(source: pa.NativeFile) -> Mapping[bytes, bytes] | None:
    with pq.ParquetFile(source) as parquet:
        metadata: Mapping[bytes, bytes] | None = parquet.metadata.metadata
        return metadata
