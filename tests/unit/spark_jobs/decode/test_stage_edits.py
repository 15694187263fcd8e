from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest
from edit_payloads import edited
from kafka_records import RECEIVED_AT, Headers, Record, headers_of, record_batch

from spark_jobs.decode.stage_edits import SCHEMA, stage_edits
from spark_jobs.merges.edits import STAGING_COLUMNS

WIKIMEDIA = tuple(headers_of("wikimedia"))


def record(value: bytes | None, offset: int = 0, headers: Headers = WIKIMEDIA) -> Record:
    return Record(value, offset, topic="edits", headers=headers)


def rows_of(records: Sequence[Record]) -> list[dict[str, Any]]:
    found = list(stage_edits(iter([record_batch(records)])))
    assert all(batch.schema == SCHEMA for batch in found)
    return [row for batch in found for row in batch.to_pylist()]


PLACE = {
    "topic": "edits",
    "kafka_partition": 0,
    "kafka_offset": 42,
    "received_at": RECEIVED_AT,
    "source": "wikimedia",
}


def test_an_edit_is_one_row() -> None:
    assert rows_of([record(edited("e-1", title="東京 <b>", user="O'Neil \\ 🌊"), 42)]) == [
        PLACE
        | {
            "reason": None,
            "created_at": "2026-03-01 12:34:56.789",
            "edit_id": "e-1",
            "wiki": "enwiki",
            "type": "edit",
            "title": "東京 <b>",
            "namespace": 0,
            "user_name": "O'Neil \\ 🌊",
            "is_bot": 0,
            "is_minor": 1,
            "bytes_added": 58,
            "bytes_removed": 0,
            "detail": None,
            "payload": None,
            "payload_bytes": None,
            "payload_sha256": None,
        }
    ]


def test_a_record_that_is_no_edit_is_one_row_with_reason_detail_and_its_bytes() -> None:
    nothing = dict.fromkeys(SCHEMA.names)

    payload = b'{"meta' + b"x" * 70_000

    assert rows_of([record(payload, 42)]) == [
        nothing
        | PLACE
        | {
            "reason": "not_json",
            "detail": "Unterminated string starting at: line 1 column 2 (char 1)",
            "payload": payload[:65_536],
            "payload_bytes": 70_006,
            "payload_sha256": sha256(payload).hexdigest(),
        }
    ]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"length": {"old": -1, "new": 7}}, "bad_count"),
        ({"title": "x" * 401, "bot": "yes"}, "bad_type,too_long"),
        ({"dt": "2031-01-01T00:00:00Z"}, "future_date"),
    ],
)
def test_what_was_odd_about_an_edit_is_told_in_its_detail(
    changes: dict[str, Any], detail: str
) -> None:
    (row,) = rows_of([record(edited("e-1", **changes))])

    assert (row["edit_id"], row["reason"], row["detail"], row["payload"]) == (
        "e-1",
        None,
        detail,
        None,
    )


def test_each_record_of_a_mixed_batch_is_one_row_in_its_order() -> None:
    values = [
        edited("a"),
        None,
        b"",
        edited("b", "log", user=None),
        b"[]",
        edited("c", dt="9999-12-31T23:59:59.999Z"),
    ]

    rows = rows_of([record(value, offset) for offset, value in enumerate(values)])

    assert [
        (row["kafka_offset"], row["edit_id"], row["reason"], row["payload"]) for row in rows
    ] == [
        (0, "a", None, None),
        (1, None, "empty", None),
        (2, None, "not_json", b""),
        (3, "b", None, None),
        (4, None, "not_an_edit", b"[]"),
        (5, "c", None, None),
    ]
    # An instant of a stranger is at most five minutes after its record came.
    assert rows[5]["created_at"] == "2026-03-01 12:39:57.000"


def test_a_batch_without_records_stages_nothing() -> None:
    assert rows_of([]) == []


@pytest.mark.parametrize(
    ("headers", "source", "reason"),
    [
        (headers_of("wikimedia"), "wikimedia", None),
        # Raw events sent by any plain Kafka client.
        (None, "wikimedia", None),
        ((), "wikimedia", None),
        (headers_of(""), "wikimedia", None),
        (headers_of("x"), None, "unknown_source"),
        (headers_of("é" * 300), None, "unknown_source"),
    ],
)
def test_the_source_header_chooses_the_decoder(
    headers: Headers, source: str | None, reason: str | None
) -> None:
    (row,) = rows_of([record(edited("e-1"), headers=headers)])

    assert (row["source"], row["reason"]) == (source, reason)


def test_rows_and_the_staging_table_have_the_same_columns_in_the_same_order() -> None:
    columns = [
        line.split()[0] for line in STAGING_COLUMNS.strip().splitlines() if " AS (" not in line
    ]

    assert columns == ["staged_id", "position", *SCHEMA.names]
