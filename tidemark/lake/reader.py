"""Reads a table in constant memory, file by file, in the order of arrival."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tidemark.errors import LakeError
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakeLocation
from tidemark.lake.table import LakeTable

BATCH_ROWS: Final = 10_000
_FILTERED: Final = ("received_at", "topic_id", "kafka_partition", "kafka_offset")
"""Columns that a Span filters by."""


class Window(NamedTuple):
    """Offsets of one partition, from `first` to before `end`."""

    partition: int
    first: int
    end: int


@dataclass(frozen=True)
class Span:
    """Which rows to read: arrived from `since` on and before `until`, of one topic, of a window of offsets."""

    since: datetime | None = None
    until: datetime | None = None
    topic_id: str | None = None
    window: Window | None = None

    def may_hold(self, file: LakeFile) -> bool:
        """Return whether the file may have rows that arrived within the span."""
        first, last = file.first_received_at, file.last_received_at
        if self.since is not None:
            is_over = last is not None and last < self.since
            is_old = file.day < (self.since - timedelta(days=1)).date()
            if is_over or is_old:
                return False
        return self.until is None or first is None or first < self.until

    def may_hold_group(self, group: pq.RowGroupMetaData, offset_column: int) -> bool:
        """Return whether a row group may have offsets within the window."""
        if self.window is None:
            return True
        stats = group.column(offset_column).statistics
        if stats is None or not stats.has_min_max:
            return True
        return bool(stats.min < self.window.end and stats.max >= self.window.first)

    def rows(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the rows of the batch that are within the span."""
        conditions = list(self._conditions(batch))
        return batch.filter(reduce(pc.and_, conditions)) if conditions else batch

    def _conditions(self, batch: pa.RecordBatch) -> Iterator[pa.Array]:
        received_at, offsets = batch["received_at"], batch["kafka_offset"]
        if self.since is not None:
            yield pc.greater_equal(received_at, pa.scalar(self.since))
        if self.until is not None:
            yield pc.less(received_at, pa.scalar(self.until))
        if self.topic_id is not None:
            yield pc.equal(batch["topic_id"], self.topic_id)
        if self.window is not None:
            partition = pa.scalar(self.window.partition, pa.int32())
            yield pc.equal(batch["kafka_partition"], partition)
            yield pc.greater_equal(offsets, self.window.first)
            yield pc.less(offsets, self.window.end)


def read(
    table: LakeTable, columns: Sequence[str], span: Span, files: Sequence[LakeFile]
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of `files` within `span`, with `columns` of the table."""
    schema = pa.schema([table.schema.field(name) for name in columns])
    needed = list(dict.fromkeys([*columns, *_FILTERED]))
    for file in files:
        if span.may_hold(file):
            for batch in _batches(table.location, table.topic, file, needed, span):
                rows = span.rows(batch)
                if len(rows):
                    yield _as(rows, schema, file)


def _batches(
    location: LakeLocation, topic: str, file: LakeFile, needed: Sequence[str], span: Span
) -> Iterator[pa.RecordBatch]:
    try:
        with (
            location.files(topic).open_input_file(file.path) as source,
            pq.ParquetFile(source) as parquet,
        ):
            there = [name for name in needed if name in parquet.schema_arrow.names]
            offset_column = _leaf(parquet.metadata.schema, "kafka_offset")
            groups = [
                at
                for at in range(parquet.num_row_groups)
                if span.may_hold_group(parquet.metadata.row_group(at), offset_column)
            ]
            yield from parquet.iter_batches(batch_size=BATCH_ROWS, columns=there, row_groups=groups)
    except FileNotFoundError as error:
        raise LakeError(
            f"{location.table_uri(topic)}/{file.path} is gone: retention has deleted it meanwhile; start again"
        ) from error
    except pa.ArrowInvalid as error:
        raise LakeError(
            f"{location.table_uri(topic)}/{file.path} is damaged ({error}); if it is one of the newest, the jobs read "
            "its records again from Kafka when they start"
        ) from error


def _leaf(schema: pq.ParquetSchema, name: str) -> int:
    """Return a column's number in Parquet, which counts leaves: after a nested column it differs from Arrow's."""
    return next(at for at in range(len(schema)) if schema.column(at).path == name)


def _as(rows: pa.RecordBatch, schema: pa.Schema, file: LakeFile) -> pa.RecordBatch:
    """Return the rows in the table's schema: columns newer than the file are null, the day comes from its path."""

    def column(field: pa.Field) -> pa.Array:
        if field.name == "day":
            return pa.repeat(pa.scalar(file.day, pa.date32()), len(rows))
        if field.name not in rows.schema.names:
            return pa.nulls(len(rows), field.type)
        return rows[field.name].cast(field.type)

    return pa.record_batch([column(field) for field in schema], schema=schema)
