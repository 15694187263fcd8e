"""Files of the lake, as Spark's executors write them and tell the driver of them."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import Row

from spark_jobs.decode.lake_rows import LAKE_TOPICS, lake_rows
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakeLocation
from tidemark.lake.offset_ranges import OffsetRange, Ranges, merge_ranges
from tidemark.lake.writer import LakeWriter

_TEXTS: Final = ("path", "day", "first_received_at", "last_received_at", "ranges")
_NUMBERS: Final = ("size_bytes", "rows", "first_offset", "last_offset")

WRITTEN: Final = pa.schema(
    [(name, pa.string()) for name in _TEXTS] + [(name, pa.int64()) for name in _NUMBERS]
)
"""A row for each file; instants are ISO texts, `ranges` is JSON (tidemark/lake/writer.py)."""


def write_files(
    location: LakeLocation, topic: str, topic_id: str, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Write batches with kafka_batch.COLUMNS into files; yield a row of WRITTEN for each.

    For mapInArrow. No version of the table refers to the files yet.
    """
    lake_topic = LAKE_TOPICS[topic]
    columns = lake_topic.schema.remove(lake_topic.schema.get_field_index("day"))
    writer = LakeWriter(location.files(topic), columns, location.folder(topic))
    for batch in batches:
        if len(batch):
            writer.write(lake_rows(lake_topic, topic_id, batch))
    rows = [_row(file, ranges) for file, ranges in writer.close()]
    if rows:
        yield pa.RecordBatch.from_pylist(rows, WRITTEN)


def _row(file: LakeFile, ranges: Ranges) -> dict[str, Any]:
    return {
        "path": file.path,
        "size_bytes": file.size_bytes,
        "day": file.day.isoformat(),
        "rows": file.rows,
        "first_offset": file.first_offset,
        "last_offset": file.last_offset,
        "first_received_at": file.first_received_at.isoformat() if file.first_received_at else None,
        "last_received_at": file.last_received_at.isoformat() if file.last_received_at else None,
        "ranges": json.dumps(ranges),
    }


def file_of(row: Row) -> LakeFile:
    """Return the file that a row of WRITTEN describes."""
    fields = {name: value for name, value in row.asDict().items() if name != "ranges"}
    fields["day"] = date.fromisoformat(fields["day"])
    for name in ("first_received_at", "last_received_at"):
        fields[name] = fields[name] and datetime.fromisoformat(fields[name])
    return LakeFile(**fields)


def ranges_of(rows: Iterable[Row]) -> Ranges:
    """Return what all these files hold, by partition."""
    held: Ranges = {}
    for row in rows:
        of_file = json.loads(row.ranges)
        merge_ranges(held, {int(number): OffsetRange(*span) for number, span in of_file.items()})
    return held
