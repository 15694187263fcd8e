"""Reads a table in constant memory: file by file, in the order of arrival."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tidemark.errors import LakeError
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakePlace
from tidemark.lake.table import LakeTable

BATCH_ROWS: Final = 10_000
_PLACE: Final = ("received_at", "topic_id", "kafka_partition", "kafka_offset")


@dataclass(frozen=True)
class Span:
    """What arrived from `since` on and before `until`, of one topic, and of one partition within
    offsets.

    window  partition, its first offset, and the one after its last
    """

    since: datetime | None = None
    until: datetime | None = None
    topic_id: str | None = None
    window: tuple[int, int, int] | None = None

    def may_hold(self, file: LakeFile) -> bool:
        first, last = file.first_received_at, file.last_received_at
        return not (
            (self.since is not None and last is not None and last < self.since)
            or (self.until is not None and first is not None and first >= self.until)
            or (self.since is not None and file.day < (self.since - timedelta(days=1)).date())
        )

    def may_hold_group(self, group: pq.RowGroupMetaData, offset_column: int) -> bool:
        """Whether a row group may have offsets within the window."""
        stats = None if self.window is None else group.column(offset_column).statistics
        if self.window is None or stats is None or not stats.has_min_max:
            return True
        return bool(stats.min < self.window[2] and stats.max >= self.window[1])

    def rows(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        wanted = None
        if self.since is not None:
            wanted = _and(wanted, pc.greater_equal(batch["received_at"], pa.scalar(self.since)))
        if self.until is not None:
            wanted = _and(wanted, pc.less(batch["received_at"], pa.scalar(self.until)))
        if self.topic_id is not None:
            wanted = _and(wanted, pc.equal(batch["topic_id"], self.topic_id))
        if self.window is not None:
            partition, first, end = self.window
            wanted = _and(
                wanted, pc.equal(batch["kafka_partition"], pa.scalar(partition, pa.int32()))
            )
            wanted = _and(wanted, pc.greater_equal(batch["kafka_offset"], first))
            wanted = _and(wanted, pc.less(batch["kafka_offset"], end))
        return batch if wanted is None else batch.filter(wanted)


def read(
    table: LakeTable, columns: Sequence[str], span: Span, files: Sequence[LakeFile]
) -> Iterator[pa.RecordBatch]:
    """Rows of `files`, as `columns` of the table; those that `span` uses must be among the
    table's."""
    schema = pa.schema([table.schema.field(name) for name in columns])
    needed = list(dict.fromkeys([*columns, *_PLACE]))
    for file in files:
        if span.may_hold(file):
            for batch in _batches(table.place, table.topic, file, needed, span):
                rows = span.rows(batch)
                if len(rows):
                    yield _as(rows, schema, file)


def _batches(
    place: LakePlace, topic: str, file: LakeFile, needed: Sequence[str], span: Span
) -> Iterator[pa.RecordBatch]:
    try:
        with (
            place.files(topic).open_input_file(file.path) as source,
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
            f"{place.table_uri(topic)}/{file.path} is gone: retention has deleted it meanwhile; start again"
        ) from error
    except pa.ArrowInvalid as error:
        raise LakeError(
            f"{place.table_uri(topic)}/{file.path} is damaged ({error}); where it is of the newest, the jobs read its "
            "records again as they start"
        ) from error


def _leaf(schema: pq.ParquetSchema, name: str) -> int:
    """Parquet counts columns by their leaves, so that what follows a nested one has another number
    than in Arrow."""
    return next(at for at in range(len(schema)) if schema.column(at).path == name)


def _as(rows: pa.RecordBatch, schema: pa.Schema, file: LakeFile) -> pa.RecordBatch:
    """Columns that the file is older than are null; the day is in its name only."""

    def column(field: pa.Field) -> pa.Array:
        if field.name == "day":
            return pa.repeat(pa.scalar(file.day, pa.date32()), len(rows))
        if field.name not in rows.schema.names:
            return pa.nulls(len(rows), field.type)
        return rows[field.name].cast(field.type)

    return pa.record_batch([column(field) for field in schema], schema=schema)


def _and(left: pa.Array | None, right: pa.Array) -> pa.Array:
    return right if left is None else pc.and_(left, right)
