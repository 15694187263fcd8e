from datetime import UTC, datetime

import pyarrow as pa
import pytest
from kafka_records import ARRIVED_AT, RECEIVED_US, Headers, Record, headers_of, record_batch

from spark_jobs.decode.kafka_batch import KafkaBatch

ARRIVED_US = 1_772_368_500_250_000


def read(batch: pa.RecordBatch) -> dict[str, list[object]]:
    found = KafkaBatch.of(batch)
    return {
        "topics": found.topics.to_pylist(),
        "partitions": found.partitions.to_pylist(),
        "offsets": found.offsets.to_pylist(),
        "received_at_us": found.received_at_us.to_pylist(),
        "sources": found.sources,
        "reasons": found.reasons,
        "payloads": [None if view is None else bytes(view) for view in found.payloads()],
    }


def test_the_arrival_is_what_the_constants_of_this_file_say() -> None:
    assert datetime.fromtimestamp(ARRIVED_US / 1e6, UTC) == ARRIVED_AT


def test_columns_headers_and_payloads_stay_in_step() -> None:
    dead_letter: Headers = [("source", b"x"), ("reason", b"too_large")]
    records = [
        Record(b"one", offset=7, partition=1),
        Record(None, offset=8, partition=1, headers=None),
        Record(b"", offset=3, topic="rejected", headers=dead_letter),
        Record(b"four", offset=9, partition=1, headers=headers_of("sample", 1)),
    ]

    assert read(record_batch(records)) == {
        "topics": ["posts", "posts", "rejected", "posts"],
        "partitions": [1, 1, 0, 1],
        "offsets": [7, 8, 3, 9],
        "received_at_us": [RECEIVED_US, ARRIVED_US, ARRIVED_US, 1],
        "sources": ["x", None, "x", "sample"],
        "reasons": [None, None, "too_large", None],
        "payloads": [b"one", None, b"", b"four"],
    }


def test_a_slice_of_a_batch_reads_as_the_records_in_it() -> None:
    records = [
        Record(
            f"{offset}".encode(),
            offset=offset,
            headers=None if offset % 3 == 0 else headers_of("x", offset),
        )
        for offset in range(20)
    ]

    assert read(record_batch(records).slice(5, 9)) == read(record_batch(records[5:14]))


def test_a_batch_without_records_or_without_any_header_is_read() -> None:
    assert read(record_batch([]))["sources"] == []
    assert read(record_batch([Record(b"a", headers=None), Record(b"b", headers=())]))[
        "sources"
    ] == [None, None]


@pytest.mark.parametrize(
    ("headers", "source"),
    [
        (None, None),
        ((), None),
        ([("source", b"sample")], "sample"),
        ([("Source", b"sample")], None),
        ([("source", None)], None),
        ([("source", b"")], ""),
        ([("source", b"x"), ("source", b"sample")], "sample"),
        ([("other", b"1"), ("source", b"x"), ("other", b"2")], "x"),
        ([("source", "é".encode())], "é"),
        ([("source", b"\xff")], "\ufffd"),
    ],
)
def test_the_source_is_the_last_header_of_that_name(headers: Headers, source: str | None) -> None:
    before, after = (
        Record(b"", headers=headers_of("before")),
        Record(b"", headers=headers_of("after")),
    )

    found = read(record_batch([before, Record(b"", headers=headers), after]))["sources"]

    assert found == ["before", source, "after"]


@pytest.mark.parametrize(
    ("stated", "received_at_us"),
    [
        (b"0", 0),
        (b"1772368497000123", 1_772_368_497_000_123),
        (b"253402300799999999", 253_402_300_799_999_999),
        (b"253402300800000000", ARRIVED_US),
        (b"9" * 400, ARRIVED_US),
        (b"-1", ARRIVED_US),
        (b"1.5", ARRIVED_US),
        (b"", ARRIVED_US),
        (None, ARRIVED_US),
        (b"2026-03-01", ARRIVED_US),
        ("١٢٣".encode(), ARRIVED_US),
    ],
)
def test_a_record_was_received_when_its_header_says_or_else_when_kafka_had_it(
    stated: bytes | None, received_at_us: int
) -> None:
    record = Record(b"", headers=[("received_at", stated)])

    assert read(record_batch([record]))["received_at_us"] == [received_at_us]


def test_values_of_either_binary_type_of_arrow_read_alike() -> None:
    batch = record_batch([Record(b"one"), Record(None), Record(b""), Record(b"four")])
    wide = batch.set_column(5, "value", batch.column("value").cast(pa.large_binary()))

    assert read(wide.slice(1)) == read(batch.slice(1))
    assert read(wide) == read(batch)
