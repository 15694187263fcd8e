"""Each reason by the payload that has it; the list is closed, and so is the table below."""

import pytest
from bluesky_payloads import commit, profile
from edit_payloads import change, edited
from kafka_records import RECEIVED_US, Headers, Record, headers_of, record_batch
from payloads import as_bytes, v1_tweet, v2_post
from staged_rows import in_order

from spark_jobs.decode.stage_coverage import stage_coverage
from spark_jobs.decode.stage_edits import stage_edits
from spark_jobs.decode.stage_engagement import stage_engagement
from spark_jobs.decode.stage_posts import stage_posts
from tidemark.contracts.reasons import Reason
from tidemark.contracts.topics import TOPICS

X: Headers = headers_of("x")
CASES: list[tuple[Reason, Record]] = [
    (
        Reason.TOO_LARGE,
        Record(b'{"data":', topic="rejected", headers=[*headers_of("x"), ("reason", b"too_large")]),
    ),
    (
        Reason.NOT_A_POST,
        Record(b"?", topic="rejected", headers=[*headers_of("x"), ("reason", b"no such reason")]),
    ),
    (Reason.EMPTY, Record(None)),
    (Reason.UNKNOWN_SOURCE, Record(as_bytes(v2_post()), headers=headers_of("friendster"))),
    (Reason.NOT_JSON, Record(as_bytes(v2_post())[:-1])),
    (Reason.NOT_JSON, Record(b"")),
    (Reason.NOT_A_POST, Record(b"[]")),
    (Reason.NOT_A_POST, Record(as_bytes({"data": [v2_post()["data"]]}))),
    (Reason.NOT_A_POST, Record(as_bytes({"error": "too many connections"}))),
    (Reason.BAD_FIELD, Record(as_bytes(v2_post(id=["9001"])))),
    (Reason.BAD_FIELD, Record(as_bytes(v2_post(created_at=7)))),
    (Reason.BAD_FIELD, Record(as_bytes(commit(operation="merge")), headers=headers_of("bluesky"))),
    (Reason.NO_ID, Record(as_bytes(v2_post("")))),
    (Reason.NO_ID, Record(as_bytes(v2_post(id=None)))),
    (Reason.NO_ID, Record(as_bytes(v1_tweet(id=None, id_str=None)))),
    (Reason.NO_CREATED_AT, Record(as_bytes(v2_post(created_at=None)))),
    (Reason.NO_CREATED_AT, Record(as_bytes(v1_tweet(created_at=None, timestamp_ms=None)))),
    (Reason.BAD_CREATED_AT, Record(as_bytes(v2_post(created_at="2026-02-30T00:00:00Z")))),
    (Reason.BAD_CREATED_AT, Record(as_bytes(v2_post(created_at="1969-12-31T23:59:59.999Z")))),
    (Reason.BAD_CREATED_AT, Record(as_bytes(v1_tweet(created_at="soon", timestamp_ms=None)))),
    (Reason.BAD_CREATED_AT, Record(as_bytes(v1_tweet(created_at=None, timestamp_ms="soon")))),
    (Reason.TOO_LONG, Record(as_bytes(v2_post("9" * 256)))),
    (
        Reason.TOO_LONG,
        Record(as_bytes(profile(did="did:plc:" + "x" * 250)), headers=headers_of("bluesky")),
    ),
]


@pytest.mark.parametrize(
    ("reason", "record"), CASES, ids=[f"{at}-{reason}" for at, (reason, _) in enumerate(CASES)]
)
def test_what_is_no_post_is_staged_with_its_reason_and_its_bytes(
    reason: Reason, record: Record
) -> None:
    rows = in_order(list(stage_posts(iter([record_batch([record])]))))

    assert [(row["reason"], row["payload"]) for row in rows] == [(reason.value, record.value)]


EDIT_CASES: list[tuple[Reason, bytes | None, Headers]] = [
    (Reason.EMPTY, None, headers_of("wikimedia")),
    (Reason.UNKNOWN_SOURCE, edited("e-1"), headers_of("x")),
    (Reason.NOT_JSON, edited("e-1")[:-1], None),
    (Reason.NOT_AN_EDIT, b"[]", None),
    (Reason.NOT_AN_EDIT, as_bytes(v2_post()), None),
    (Reason.NOT_AN_EDIT, edited("e-1", type=None), None),
    (Reason.BAD_FIELD, as_bytes(change() | {"meta": 7}), None),
    (Reason.NO_ID, edited(""), None),
    (Reason.NO_CREATED_AT, edited("e-1", dt=None, timestamp=None), None),
    (Reason.BAD_CREATED_AT, edited("e-1", dt="2026-02-30T00:00:00Z", timestamp=None), None),
    (Reason.TOO_LONG, edited("e" * 65), None),
]


@pytest.mark.parametrize(
    ("reason", "value", "headers"),
    EDIT_CASES,
    ids=[f"{at}-{case[0]}" for at, case in enumerate(EDIT_CASES)],
)
def test_what_is_no_edit_is_staged_with_its_reason_and_its_bytes(
    reason: Reason, value: bytes | None, headers: Headers
) -> None:
    (batch,) = stage_edits(iter([record_batch([Record(value, topic="edits", headers=headers)])]))

    assert [(row["reason"], row["payload"]) for row in batch.to_pylist()] == [(reason.value, value)]


COVERAGE_CASES: list[tuple[Reason, bytes | None, Headers]] = [
    (Reason.EMPTY, None, headers_of("sample")),
    (Reason.UNKNOWN_SOURCE, b'{"from_at":1,"to_at":2}', None),
    (Reason.UNKNOWN_SOURCE, b'{"from_at":1,"to_at":2}', headers_of("No such source")),
    (Reason.NOT_JSON, b'{"from_at":1', headers_of("sample")),
    (Reason.NOT_COVERAGE, b"[]", headers_of("sample")),
    (Reason.NOT_COVERAGE, b"{}", headers_of("sample")),
    (Reason.NOT_COVERAGE, b'{"from_at":1}', headers_of("sample")),
    (Reason.NOT_COVERAGE, b'{"began_at":1}', headers_of("sample")),
    (Reason.BAD_FIELD, b'{"began_at":1,"why":"bored"}', headers_of("sample")),
    (Reason.BAD_FIELD, b'{"from_at":1.5,"to_at":2}', headers_of("sample")),
    (Reason.OUT_OF_RANGE, b'{"from_at":2,"to_at":1}', headers_of("sample")),
    (Reason.OUT_OF_RANGE, b'{"from_at":0,"to_at":3600000001}', headers_of("sample")),
    (Reason.OUT_OF_RANGE, b'{"from_at":0,"to_at":253402300800000000}', headers_of("sample")),
    (Reason.OUT_OF_RANGE, b'{"began_at":5,"why":"cut","ended_at":4}', headers_of("sample")),
    (Reason.OUT_OF_RANGE, b'{"began_at":5,"why":"cut","events":-1}', headers_of("sample")),
]


@pytest.mark.parametrize(
    ("reason", "value", "headers"),
    COVERAGE_CASES,
    ids=[f"{at}-{case[0]}" for at, case in enumerate(COVERAGE_CASES)],
)
def test_what_tells_of_no_hearing_is_staged_with_its_reason_and_its_bytes(
    reason: Reason, value: bytes | None, headers: Headers
) -> None:
    (batch,) = stage_coverage(
        iter([record_batch([Record(value, topic="coverage", headers=headers)])])
    )

    assert [(row["position"], row["reason"], row["payload"]) for row in batch.to_pylist()] == [
        (0, reason.value, value)
    ]


SEEN = {"post_id": "7", "observed_at": 1_772_366_400_000_000}
ENGAGEMENT_CASES: list[tuple[Reason, bytes | None, Headers]] = [
    (Reason.EMPTY, None, X),
    (Reason.UNKNOWN_SOURCE, as_bytes(SEEN), None),
    (Reason.UNKNOWN_SOURCE, as_bytes(SEEN), headers_of("friendster")),
    (Reason.NOT_JSON, as_bytes(SEEN)[:-1], X),
    (Reason.NOT_AN_OBSERVATION, b"[]", X),
    (Reason.NOT_AN_OBSERVATION, as_bytes(v2_post()), X),
    (Reason.BAD_FIELD, as_bytes(SEEN | {"observed_at": "noon"}), X),
    (Reason.BAD_FIELD, as_bytes(SEEN | {"post_id": 7}), X),
    (Reason.NO_ID, as_bytes({"observed_at": 1}), X),
    (Reason.NO_ID, as_bytes(SEEN | {"post_id": ""}), X),
    (Reason.OUT_OF_RANGE, as_bytes(SEEN | {"observed_at": -1}), X),
    (Reason.OUT_OF_RANGE, as_bytes(SEEN | {"observed_at": RECEIVED_US + 300_000_001}), X),
    (Reason.TOO_LONG, as_bytes(SEEN | {"post_id": "9" * 256}), X),
    (Reason.TOO_LONG, as_bytes(SEEN | {"query": "q" * 513}), X),
]


@pytest.mark.parametrize(
    ("reason", "value", "headers"),
    ENGAGEMENT_CASES,
    ids=[f"{at}-{case[0]}" for at, case in enumerate(ENGAGEMENT_CASES)],
)
def test_what_is_no_observation_is_staged_with_its_reason_and_its_bytes(
    reason: Reason, value: bytes | None, headers: Headers
) -> None:
    (batch,) = stage_engagement(
        iter([record_batch([Record(value, topic="engagement", headers=headers)])])
    )

    assert [(row["reason"], row["payload"]) for row in batch.to_pylist()] == [(reason.value, value)]


def test_every_reason_has_a_case() -> None:
    cases = [reason for reason, *_ in (*CASES, *EDIT_CASES, *COVERAGE_CASES, *ENGAGEMENT_CASES)]
    assert set(cases) == set(Reason)


def test_the_reasons_of_each_topic_are_those_of_its_row() -> None:
    found: dict[str, set[Reason]] = {topic: set() for topic in TOPICS}
    for reason, record in CASES:
        found[record.topic].add(reason)
    found["edits"] |= {reason for reason, *_ in EDIT_CASES}
    found["coverage"] |= {reason for reason, *_ in COVERAGE_CASES}
    found["engagement"] = {reason for reason, *_ in ENGAGEMENT_CASES}

    assert found == {name: set(topic.reasons) for name, topic in TOPICS.items()}
