"""stage_edits as a job runs it: by mapInArrow, in Spark's own Python workers."""

import pytest
from edit_payloads import edited
from kafka_records import Record, headers_of, record_batch
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from spark_jobs.decode.stage_edits import SCHEMA, stage_edits

KAFKA_ROW = """topic string, partition int, offset bigint, timestamp timestamp,
    headers array<struct<key: string, value: binary>>, value binary"""

WIKIMEDIA = headers_of("wikimedia")
VALUES = [
    edited("1", title="東京"),
    edited("2", "log", user=None),
    b"\xff\x00 no json",
    None,
    b"[]",
    edited("3"),
]
RECORDS = [
    *(
        Record(value, offset, topic="edits", headers=WIKIMEDIA)
        for offset, value in enumerate(VALUES)
    ),
    Record(edited("4"), 0, partition=1, topic="edits", headers=None),
    Record(edited("5"), 1, partition=1, topic="edits", headers=headers_of("x")),
]


@pytest.mark.parametrize("partitions", [1, 3])
def test_the_frame_that_spark_gives_is_the_one_that_plain_python_gives(
    session: SparkSession, partitions: int
) -> None:
    rows = [tuple(record.row().values()) for record in RECORDS]
    frame = (
        session.createDataFrame(rows, KAFKA_ROW)
        .repartition(partitions)
        .mapInArrow(stage_edits, from_arrow_schema(SCHEMA))
    )

    found = sorted(
        frame.toArrow().to_pylist(), key=lambda row: (row["kafka_partition"], row["kafka_offset"])
    )

    assert frame.columns == SCHEMA.names
    (expected,) = stage_edits(iter([record_batch(RECORDS)]))
    assert found == expected.to_pylist()
