"""Reads a table by offsets: of each partition without a step back, so that a cursor can tell what
is done.

A table is ordered by day, and days need not follow offsets: so a window of offsets is taken out of
all files that have some of it, and sorted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tidemark.errors import LakeError
from tidemark.lake.file import LakeFile
from tidemark.lake.reader import Span, read
from tidemark.lake.table import LakeTable
from tidemark.lake.writer import Ranges, read_ranges

WINDOW_ROWS: Final = 20_000


class Windows:
    """Of one version of a table, what lies within a span; what a file holds is read from its
    footer, once."""

    def __init__(self, table: LakeTable, span: Span, columns: Sequence[str]) -> None:
        self._table = table
        self._span = span
        self._columns = columns
        self._known: dict[str, Ranges] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look at what the table holds now."""
        files = [file for file in self._table.files() if self._span.may_hold(file)]
        self._held = [(file, self._ranges(file)) for file in files]

    def first(self) -> dict[int, int]:
        """By partition, the least offset that is there."""
        found: dict[int, int] = {}
        for _, ranges in self._held:
            for partition, (first, _, _) in ranges.items():
                found[partition] = min(first, found.get(partition, first))
        return found

    def next(self, topic_id: str, partition: int, at: int, end: int) -> tuple[pa.Table, int] | None:
        """Rows from offset `at` on, sorted, and the offset after them; None where there are none
        before `end`."""
        parts = [(file, ranges[partition]) for file, ranges in self._held if partition in ranges]
        firsts = [max(first, at) for _, (first, last, _) in parts if last >= at]
        if not firsts or min(firsts) >= end:
            return None
        start = min(firsts)
        until = min(start + WINDOW_ROWS, end)
        files = [file for file, (first, last, _) in parts if first < until and last >= start]
        span = replace(self._span, topic_id=topic_id, window=(partition, start, until))
        schema = pa.schema([self._table.schema.field(name) for name in self._columns])
        rows = pa.Table.from_batches(list(read(self._table, self._columns, span, files)), schema)
        return rows.take(pc.sort_indices(rows["kafka_offset"])), until

    def _ranges(self, file: LakeFile) -> Ranges:
        if file.path not in self._known:
            with self._table.place.files(self._table.topic).open_input_file(file.path) as source:
                found = read_ranges(_footer(source))
            if found is None:
                raise LakeError(
                    f"{file.path} was not written by us and tells no offsets; export the topic as a whole"
                )
            self._known[file.path] = found
        return self._known[file.path]


def _footer(source: pa.NativeFile) -> Mapping[bytes, bytes] | None:
    with pq.ParquetFile(source) as parquet:
        metadata: Mapping[bytes, bytes] | None = parquet.metadata.metadata
        return metadata
