"""Observations as producers write them, and as they are staged."""

import json

import msgspec
from kafka_records import RECEIVED_AT, Record, headers_of, record_batch

from spark_jobs.decode.engagement import COUNT_MAX, decode_observation
from spark_jobs.decode.lake_rows import LAKE_TOPICS, lake_rows
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.stage_engagement import SCHEMA, STAGING_COLUMNS, stage_engagement
from tidemark.contracts.engagement import COUNTS, Observation, observation_id
from tidemark.contracts.oddities import Oddity

NOON_US = 1_772_366_400_000_000
SEEN = Observation(
    post_id="7",
    observed_at=NOON_US + 1,
    query="from:cats 🐈",
    author_id="a1",
    **dict(zip(COUNTS, range(10, 16), strict=True)),
    followers=1_000,
)


def record(value: bytes, source: str = "bluesky") -> Record:
    return Record(value, 3, 1, "engagement", headers_of(source))


def test_what_a_producer_writes_is_staged_as_it_was() -> None:
    (batch,) = stage_engagement(iter([record_batch([record(msgspec.json.encode(SEEN))])]))

    (row,) = batch.to_pylist()
    expected = {
        "topic": "engagement",
        "kafka_partition": 1,
        "kafka_offset": 3,
        "received_at": RECEIVED_AT,
        "source": "bluesky",
        "observed_at": "2026-03-01 12:00:00.000001",
        "post_id": "7",
        "query": "from:cats 🐈",
        "author_id": "a1",
        **dict(zip(COUNTS, range(10, 16), strict=True)),
        "followers": 1_000,
    }
    assert {name: value for name, value in row.items() if value is not None} == expected
    assert batch.schema == SCHEMA
    assert all(f" {name} " in f" {STAGING_COLUMNS}" for name in SCHEMA.names)


def test_the_lake_has_the_same_and_the_bytes() -> None:
    value = msgspec.json.encode(SEEN)
    (row,) = lake_rows(
        LAKE_TOPICS["engagement"], "an-id", record_batch([record(value)])
    ).to_pylist()

    assert (row["value"], row["post_id"], row["impressions"]) == (value, "7", 15)
    assert row["observed_at"].isoformat() == "2026-03-01T12:00:00.000001+00:00"


def test_an_observation_is_identified_by_source_post_and_instant() -> None:
    assert observation_id("x", SEEN) == f"x:7:m:{NOON_US + 1}"


def test_a_count_that_is_none_costs_no_observation() -> None:
    counts = {"likes": -1, "reposts": 0.5, "replies": COUNT_MAX + 1, "quotes": 3.0, "followers": 2}
    found = decode_observation(json.dumps({"post_id": "7", "observed_at": 1} | counts).encode())

    assert not isinstance(found, Rejected)
    assert (found.likes, found.reposts, found.replies) == (None, None, None)
    assert (found.quotes, found.followers) == (3, 2)
    assert found.odd == {Oddity.BAD_COUNT}


def test_a_field_of_another_type_costs_no_observation() -> None:
    fields = {"post_id": "7", "observed_at": 1, "likes": ["many"], "author_id": "a" * 256}
    found = decode_observation(json.dumps(fields).encode())

    assert not isinstance(found, Rejected)
    assert (found.likes, found.author_id) == (None, None)
    assert found.odd == {Oddity.BAD_TYPE, Oddity.TOO_LONG}


def test_a_count_that_is_not_reported_is_null_and_no_query_is_an_empty_one() -> None:
    found = decode_observation(b'{"post_id":"7","observed_at":1,"query":null}')

    assert not isinstance(found, Rejected)
    assert [getattr(found, name) for name in COUNTS] == [None] * 6
    assert (found.query, found.followers, found.odd) == ("", None, frozenset())
