"""stage_posts as a job runs it: by mapInArrow, in Spark's own Python workers."""

from collections.abc import Sequence

import pytest
from kafka_records import Record, headers_of, record_batch
from payloads import as_bytes, v1_tweet, v2_post
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from staged_rows import in_order

from spark_jobs.decode.stage_posts import SCHEMA, stage_posts

KAFKA_ROW = """topic string, partition int, offset bigint, timestamp timestamp,
    headers array<struct<key: string, value: binary>>, value binary"""

RECORDS = [
    Record(as_bytes(v2_post("1", hashtags=["Straße", "東京", "été"])), 0),
    Record(as_bytes(v2_post("2", created_at="2026-03-01T23:59:59.999Z")), 1, headers=None),
    Record(as_bytes(v1_tweet(3, hashtags=["Kafka"])), 2, headers=headers_of("sample", 0)),
    Record(b"\xff\x00 no json", 3, headers=()),
    Record(None, 4),
    Record(b"", 5, headers=[("source", None)]),
    Record(as_bytes(v2_post("4", hashtags=[f"a{n}" for n in range(100)])), 6),
    Record(as_bytes(v2_post("4")), 7, headers=headers_of("friendster")),
    Record(
        as_bytes(v2_post("5")), 0, partition=1, headers=[("received_at", b"soon"), ("source", b"x")]
    ),
    Record(b"cut off", 9, topic="rejected", headers=[*headers_of(), ("reason", b"too_large")]),
]


def kafka_frame(session: SparkSession, records: Sequence[Record], partitions: int) -> DataFrame:
    """What Spark's Kafka source gives of the records."""
    rows = [tuple(record.row().values()) for record in records]
    return session.createDataFrame(rows, KAFKA_ROW).repartition(partitions)


@pytest.mark.parametrize("partitions", [1, 3])
def test_the_frame_that_spark_gives_is_the_one_that_plain_python_gives(
    session: SparkSession, partitions: int
) -> None:
    frame = kafka_frame(session, RECORDS, partitions).mapInArrow(
        stage_posts, from_arrow_schema(SCHEMA)
    )

    found = in_order([frame.toArrow()])

    assert frame.columns == SCHEMA.names
    assert found == in_order(list(stage_posts(iter([record_batch(RECORDS)]))))
    assert [
        (row["topic"], row["kafka_partition"], row["kafka_offset"], row["position"])
        for row in found
    ] == [
        ("posts", 0, 0, 0),
        *(("posts", 0, offset, 0) for offset in range(1, 7)),
        ("posts", 0, 6, 64),
        ("posts", 0, 7, 0),
        ("posts", 1, 0, 0),
        ("rejected", 0, 9, 0),
    ]


def test_more_records_than_fit_one_arrow_batch_are_all_staged_once(session: SparkSession) -> None:
    records = [
        Record(as_bytes(v2_post(str(offset), hashtags=["a", "b"][: offset % 3])), offset)
        for offset in range(12_000)
    ]

    frame = kafka_frame(session, records, 1).mapInArrow(stage_posts, from_arrow_schema(SCHEMA))
    found = in_order([frame.toArrow()])

    assert [(row["kafka_offset"], row["post_id"], row["uses"]) for row in found] == [
        (offset, str(offset), offset % 3) for offset in range(12_000)
    ]


def test_a_frame_without_rows_stages_nothing(session: SparkSession) -> None:
    frame = kafka_frame(session, [], 2).mapInArrow(stage_posts, from_arrow_schema(SCHEMA))

    assert frame.collect() == []


def test_kafkas_timestamp_reaches_the_row_in_utc(session: SparkSession) -> None:
    frame = kafka_frame(session, [Record(b"", headers=None)], 1).mapInArrow(
        stage_posts, from_arrow_schema(SCHEMA)
    )

    assert [row["received_at"] for row in in_order([frame.toArrow()])] == [
        "2026-03-01 12:35:00.250000"
    ]
