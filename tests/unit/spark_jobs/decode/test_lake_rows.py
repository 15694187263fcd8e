"""Each record becomes one row of the lake, whatever it holds."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bluesky_payloads import DID, account
from edit_payloads import edited
from kafka_records import ARRIVED_AT, RECEIVED_US, Record, headers_of, record_batch
from payloads import Json, as_bytes, v2_post

from spark_jobs.decode import lake_rows as module
from spark_jobs.decode.lake_rows import LAKE_TOPICS, lake_rows
from spark_jobs.decode.post import Profile

RECEIVED_AT = datetime(2026, 3, 1, 12, 34, 57, 123, tzinfo=UTC)
RAW = module.RAW.names


def rows_of(topic: str, *records: Record) -> list[dict[str, Any]]:
    rows = lake_rows(LAKE_TOPICS[topic], "an-id", record_batch(records))
    assert rows.schema == LAKE_TOPICS[topic].schema
    found: list[dict[str, Any]] = rows.to_pylist()
    assert len(found) == len(records)
    return found


def test_a_record_is_kept_as_it_came() -> None:
    value = as_bytes(v2_post("1", hashtags=["Tide", "Straße"]))
    (row,) = rows_of("posts", Record(value, 7, 1))

    assert [row[name] for name in RAW] == [
        value,
        "x",
        RECEIVED_AT,
        "x:9001",
        "made up",
        None,
        "an-id",
        1,
        7,
    ]
    assert row["day"] == date(2026, 3, 1)
    assert (row["post_id"], row["hashtags"], row["reject_reason"]) == (
        "1",
        ["Tide", "Straße"],
        None,
    )


def test_without_headers_they_are_null_and_the_post_is_decoded_all_the_same() -> None:
    (row,) = rows_of("posts", Record(as_bytes(v2_post("1")), headers=None))

    assert [row[name] for name in ("source", "event_id", "rules", "reason")] == [None] * 4
    assert row["received_at"] == ARRIVED_AT
    assert row["post_id"] == "1"


@pytest.mark.parametrize(
    ("value", "source", "reason"),
    [
        (b"no json", "x", "not_json"),
        (b"", "x", "not_json"),
        (None, "x", "empty"),
        (b"{}", "nobody", "unknown_source"),
    ],
)
def test_what_is_no_post_is_a_row_with_its_reason(
    value: bytes | None, source: str, reason: str
) -> None:
    (row,) = rows_of("posts", Record(value, headers=headers_of(source)))

    assert (row["value"], row["source"], row["reject_reason"]) == (value, source, reason)
    told = set(LAKE_TOPICS["posts"].decoded.names) - {"reject_reason"}
    assert {row[name] for name in told} == {None}


def test_a_dead_letter_has_its_producers_reason() -> None:
    (row,) = rows_of(
        "rejected",
        Record(b"x", topic="rejected", headers=[*headers_of(), ("reason", b"too_large")]),
    )

    assert (row["reason"], row["reject_reason"]) == ("too_large", "too_large")


def test_an_edit_and_what_is_none() -> None:
    headers = headers_of("wikimedia")
    edit, none = rows_of(
        "edits",
        Record(edited("e-1", title="Tide"), headers=headers),
        Record(b"[]", 1, headers=headers),
    )

    assert [edit[name] for name in ("edit_id", "wiki", "title", "type")] == [
        "e-1",
        "enwiki",
        "Tide",
        "edit",
    ]
    assert (none["edit_id"], none["reject_reason"]) == (None, "not_an_edit")


def test_a_profile_and_what_says_nothing_are_rows_too() -> None:
    profile = Profile("u", "ana", "ana", "Ana", 1, 2, seen_at_ms=RECEIVED_US // 1_000)
    topic = module.LakeTopic(
        "posts", LAKE_TOPICS["posts"].decoded, lambda _records: [profile, object()]
    )
    told, nothing = lake_rows(
        topic, "an-id", record_batch([Record(b"a"), Record(b"b", 1)])
    ).to_pylist()

    assert [told[name] for name in ("op", "user_id", "nb_followers", "post_id")] == [
        "profile",
        "u",
        2,
        None,
    ]
    assert told["created_at"] == RECEIVED_AT.replace(microsecond=0)
    assert {nothing[name] for name in topic.decoded.names} == {None}


@pytest.mark.parametrize(
    ("payload", "op"),
    [
        (account(), "account_active"),
        (account(active=False, status="suspended"), "account_hidden"),
        (account(active=False, status="deleted"), "account_deleted"),
    ],
)
def test_a_change_of_an_account_is_a_row_of_its_own_kind(payload: Json, op: str) -> None:
    (row,) = rows_of("posts", Record(as_bytes(payload), headers=headers_of("bluesky")))

    assert [row[name] for name in ("op", "user_id", "post_id", "reject_reason")] == [
        op,
        DID,
        None,
        None,
    ]
    assert row["created_at"] == datetime(2026, 3, 1, 12, 34, 56, 789_000, tzinfo=UTC)


def test_each_version_of_an_edited_post_is_a_row_under_its_own_id() -> None:
    (row,) = rows_of(
        "posts", Record(as_bytes(v2_post("9002", edit_history_tweet_ids=["9001", "9002"])))
    )

    assert (row["post_id"], row["op"]) == ("9002", "update")


def test_a_notice_between_posts_is_a_row_that_tells_nothing_and_is_not_rejected() -> None:
    (row,) = rows_of("posts", Record(b'{"limit":{"track":7}}'))

    assert {row[name] for name in LAKE_TOPICS["posts"].decoded.names} == {None}


def test_an_empty_batch_is_one_of_no_rows() -> None:
    assert rows_of("posts") == []
