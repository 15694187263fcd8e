"""File formats of exports: CSV, JSON lines, Parquet, Avro."""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from typing import IO, Any, Final, Protocol

import fastavro.write
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq


class Format(Protocol):
    """Writes one file, which is complete after close()."""

    def write(self, rows: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


def clean_names(names: list[str]) -> list[str]:
    """Return unique names that every database accepts: `a-z`, digits and `_`, not beginning with a digit."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "column"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        numbered, number = plain, 2
        while numbered in found:
            numbered, number = f"{plain}_{number}", number + 1
        found.append(numbered)
    return found


class Csv:
    """CSV: instants as ISO 8601, hashtags joined by `|` in one cell, bytes that are not UTF-8 as U+FFFD.

    A `|` or `\\` within a hashtag is escaped by `\\`. With for_spreadsheets the file begins with a byte order mark,
    by which Excel detects UTF-8, and a cell or hashtag that a spreadsheet would run as a formula begins with `'`.
    """

    def __init__(
        self, file: IO[bytes], schema: pa.Schema, *, for_spreadsheets: bool = False
    ) -> None:
        self._for_spreadsheets = for_spreadsheets
        self._schema = pa.schema(
            [(field.name, _plain_type(field.type, lists=False)) for field in schema]
        )
        if for_spreadsheets:
            file.write(BOM_UTF8)
        self._writer = pa_csv.CSVWriter(file, self._schema)

    def write(self, rows: pa.RecordBatch) -> None:
        columns = [self._cells(rows[field.name], field.type) for field in self._schema]
        self._writer.write_batch(pa.record_batch(columns, schema=self._schema))

    def _cells(self, column: pa.Array, kind: pa.DataType) -> pa.Array:
        if pa.types.is_list(column.type):
            hashtags = _guarded(column.values) if self._for_spreadsheets else column.values
            escaped = _with_items(column, _escaped(hashtags))
            return pc.binary_join(escaped, SEPARATOR)
        cells = _plain_column(column, kind)
        return _guarded(cells) if self._for_spreadsheets and pa.types.is_string(kind) else cells

    def close(self) -> None:
        self._writer.close()


class JsonLines:
    """JSON lines: instants and bytes as in Csv, lists as lists; one line for each row, nulls included."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self._file = file
        self._schema = pa.schema(
            [(field.name, _plain_type(field.type, lists=True)) for field in schema]
        )
        self._encode = msgspec.json.Encoder().encode_lines

    def write(self, rows: pa.RecordBatch) -> None:
        self._file.write(self._encode(_plain(rows, self._schema).to_pylist()))

    def close(self) -> None:
        """Do nothing: every row is already written."""


class Parquet:
    """Parquet with the lake's own types, bytes included."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")

    def write(self, rows: pa.RecordBatch) -> None:
        self._writer.write_batch(rows)

    def close(self) -> None:
        self._writer.close()


class Avro:
    """Avro with the lake's own types, bytes included; instants and days by Avro's logical types."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        fields = [
            {"name": field.name, "type": ["null", _avro_type(field.type)]} for field in schema
        ]
        described = fastavro.parse_schema(
            {"type": "record", "name": "row", "namespace": "tidemark", "fields": fields}
        )
        self._writer = fastavro.write.Writer(file, described, codec="deflate")

    def write(self, rows: pa.RecordBatch) -> None:
        columns = [_avro_numbers(column).to_pylist() for column in rows.columns]
        names = rows.schema.names
        for values in zip(*columns, strict=True):
            self._writer.write(dict(zip(names, values, strict=True)))

    def close(self) -> None:
        self._writer.flush()


MakeFormat = Callable[[IO[bytes], pa.Schema], Format]

FORMATS: Final[Mapping[str, MakeFormat]] = {
    "csv": Csv,
    "jsonl": JsonLines,
    "parquet": Parquet,
    "avro": Avro,
}
"""Formats by file extension."""

SEPARATOR: Final = "|"
_RUNS_AS_FORMULA: Final = "^([=+\\-@\t\r\n＝＋－＠])"
"""What a spreadsheet may read as the beginning of a formula, also in full-width forms."""


def _plain_type(kind: pa.DataType, *, lists: bool) -> pa.DataType:
    if pa.types.is_timestamp(kind) or pa.types.is_binary(kind) or pa.types.is_date(kind):
        return pa.string()
    return pa.string() if pa.types.is_list(kind) and not lists else kind


def _plain(rows: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    return pa.record_batch(
        [_plain_column(rows[field.name], field.type) for field in schema], schema=schema
    )


def _plain_column(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if column.type.equals(kind):
        return column
    if pa.types.is_timestamp(column.type):
        return pc.utf8_replace_slice(pc.cast(column, pa.string()), 10, 11, "T")
    if pa.types.is_binary(column.type):
        return _as_text(column)
    return pc.cast(column, kind)


def _escaped(items: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(items, r"([\\|])", r"\\\1")


def _guarded(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, _RUNS_AS_FORMULA, r"'\1")


def _with_items(column: pa.Array, items: pa.Array) -> pa.Array:
    """Return the lists with `items` in place of those that they have; the column may be a slice of a longer one."""
    sizes = pc.fill_null(pc.list_value_length(column), 0)
    ends = pc.add(pc.cumulative_sum(sizes), column.offsets[0])
    offsets = pa.concat_arrays([column.offsets[:1], ends.cast(pa.int32())])
    return pa.ListArray.from_arrays(offsets, items, mask=column.is_null())


def _as_text(column: pa.Array) -> pa.Array:
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowInvalid:
        return pa.array(
            [None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()],
            pa.string(),
        )


_AVRO_TYPES: Final[tuple[tuple[Callable[[pa.DataType], bool], Any], ...]] = (
    (pa.types.is_string, "string"),
    (pa.types.is_binary, "bytes"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int32, "int"),
    (pa.types.is_int64, "long"),
    (pa.types.is_date, {"type": "int", "logicalType": "date"}),
    (pa.types.is_timestamp, {"type": "long", "logicalType": "timestamp-micros"}),
    (pa.types.is_floating, "double"),
    (pa.types.is_list, {"type": "array", "items": ["null", "string"]}),
)


def _avro_type(kind: pa.DataType) -> Any:
    return next(avro for is_such, avro in _AVRO_TYPES if is_such(kind))


def _avro_numbers(column: pa.Array) -> pa.Array:
    """Return instants and days as the numbers that Avro stores: faster than Python objects."""
    if pa.types.is_timestamp(column.type):
        return pc.cast(pc.cast(column, pa.timestamp("us", column.type.tz)), pa.int64())
    return pc.cast(column, pa.int32()) if pa.types.is_date32(column.type) else column
