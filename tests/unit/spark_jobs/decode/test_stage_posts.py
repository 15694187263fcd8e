from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context

import pyarrow as pa
import pytest
from bluesky_payloads import account, commit, deleted, identity, profile, record
from kafka_records import RECEIVED_AT, RECEIVED_US, Headers, Record, headers_of, record_batch
from mastodon_payloads import status
from payloads import Json, as_bytes, v1_tweet, v2_post, v2_user
from staged_rows import Row, in_order, left_to_collect

from spark_jobs.decode.stage_posts import SCHEMA, stage_posts
from spark_jobs.decode.staged_row import ROW
from spark_jobs.merges.posts import STAGING_COLUMNS

NOTHING: Row = (
    dict.fromkeys(
        [
            "created_at",
            "received_at",
            "version_at",
            "nb_friends",
            "nb_followers",
            "op",
            "source",
            "reason",
        ]
    )
    | dict.fromkeys(["uses", "is_repost", "nb_hashtags", "nb_mentions", "nb_links"], 0)
    | dict.fromkeys(name for name in SCHEMA.names if name != "facts")
    | dict.fromkeys(["payload_bytes", "payload_sha256"])
)


def kept_of(payload: bytes) -> Row:
    return {
        "payload": payload,
        "payload_bytes": len(payload),
        "payload_sha256": sha256(payload).hexdigest(),
    }


def staged(*batches: pa.RecordBatch) -> list[Row]:
    found = list(stage_posts(iter(batches)))
    assert all(batch.schema == SCHEMA for batch in found)
    return in_order(found)


def rows_of(records: Sequence[Record]) -> list[Row]:
    return staged(record_batch(records))


FIRST_ROW: Row = NOTHING | {
    "topic": "posts",
    "kafka_partition": 1,
    "kafka_offset": 42,
    "position": 0,
    "source": "x",
    "post_id": "9001",
    "created_at": "2026-03-01 12:34:56.789",
    "uses": 0,
    "received_at": RECEIVED_AT,
    "user_id": "501",
    "username": "ana_lima",
    "username_original": "ana_lima",
    "display_name": "Ana Lima",
    "nb_friends": 120,
    "nb_followers": 310,
    "lang": "en",
    "text": "made up",
    "op": "create",
    "is_repost": 0,
    "nb_hashtags": 0,
    "nb_mentions": 0,
    "nb_links": 0,
}


def test_a_post_without_hashtags_is_one_row() -> None:
    assert rows_of([Record(as_bytes(v2_post()), offset=42, partition=1)]) == [FIRST_ROW]


def test_what_posts_say_is_null_where_it_is_not_to_be_kept() -> None:
    batch = record_batch([Record(as_bytes(v2_post()), offset=42, partition=1)])

    assert in_order(list(stage_posts(iter([batch]), keep_text=False))) == [
        FIRST_ROW | {"text": None}
    ]


def test_a_post_with_hashtags_is_one_row_with_keys_and_spellings_packed() -> None:
    payload = as_bytes(v2_post(hashtags=["Straße", "Kafka", "strasse", "#Été "]))

    assert rows_of([Record(payload, offset=42, partition=1)]) == [
        FIRST_ROW
        | {
            "nb_hashtags": 3,
            "uses": 3,
            "text": "made up #Straße #Kafka #strasse ##Été ",
            "hashtags": "strasse\x1fkafka\x1fété",
            "spellings": "Straße\x1fKafka\x1fÉté",
        }
    ]


def test_spellings_that_are_the_keys_are_not_sent_twice() -> None:
    (row,) = rows_of([Record(as_bytes(v2_post(hashtags=["kafka", "東京"])))])

    assert (row["hashtags"], row["spellings"]) == ("kafka\x1f東京", None)


def test_a_post_of_more_hashtags_than_a_row_takes_has_further_rows() -> None:
    tags = [f"t{n}" for n in range(101)]
    post = FIRST_ROW | {"nb_hashtags": 100}

    rows = rows_of([Record(as_bytes(v2_post(hashtags=tags)), offset=42, partition=1)])

    # What was odd is told once, on the row that carries the record.
    assert rows == [
        post
        | {
            "position": 0,
            "uses": 64,
            "text": " ".join(["made up", *(f"#{tag}" for tag in tags)]),
            "hashtags": "\x1f".join(tags[:64]),
            "detail": "many_hashtags",
        },
        post | {"position": 64, "uses": 36, "text": None, "hashtags": "\x1f".join(tags[64:100])},
    ]


def test_what_is_unknown_of_a_post_is_null_and_a_repost_and_an_edit_are_told() -> None:
    payload = v2_post(
        lang=None,
        author_id=None,
        edit_history_tweet_ids=["8999", "9001"],
        referenced_tweets=[{"type": "retweeted", "id": "1"}],
    )

    unknown = dict.fromkeys(
        [
            "lang",
            "user_id",
            "username",
            "username_original",
            "display_name",
            "nb_friends",
            "nb_followers",
        ]
    )
    assert rows_of([Record(as_bytes(payload), offset=42, partition=1)]) == [
        FIRST_ROW
        | unknown
        | {
            "op": "update",
            "is_repost": 1,
            "post_id": "8999",
            "version_at": "1970-01-01 00:00:09.001",
        }
    ]


@pytest.mark.parametrize(
    ("created_at", "stored"),
    [
        ("1970-01-01T00:00:00.000Z", "1970-01-01 00:00:00.000"),
        ("2024-02-29T23:59:59.999Z", "2024-02-29 23:59:59.999"),
        # Five minutes after the record was received, and a millisecond after that.
        ("2026-03-01T12:39:57.000Z", "2026-03-01 12:39:57.000"),
        ("2026-03-01T12:39:57.001Z", "2026-03-01 12:39:57.000"),
        ("9999-12-31T23:59:59.999Z", "2026-03-01 12:39:57.000"),
        ("2026-01-01T00:00:00+02:00", "2025-12-31 22:00:00.000"),
    ],
)
def test_instants_are_text_in_utc(created_at: str, stored: str) -> None:
    (row,) = rows_of([Record(as_bytes(v2_post(created_at=created_at)))])

    assert row["created_at"] == stored


def test_the_whole_range_of_a_count_and_any_text_reach_the_row() -> None:
    user = v2_user(
        name="🔥 مرحبا\x00", public_metrics={"following_count": 2**63 - 1, "followers_count": 0}
    )
    payload = v2_post(hashtags=["東京"]) | {"includes": {"users": [user]}}

    (row,) = rows_of([Record(as_bytes(payload))])

    assert [row[name] for name in ("display_name", "nb_friends", "nb_followers", "hashtags")] == [
        "🔥 مرحبا\x00",
        2**63 - 1,
        0,
        "東京",
    ]


def test_a_record_that_is_no_post_is_one_row_with_reason_detail_and_its_bytes() -> None:
    assert rows_of([Record(b'{"data":{"id":7', offset=42, partition=1)]) == [
        NOTHING
        | {
            "topic": "posts",
            "kafka_partition": 1,
            "kafka_offset": 42,
            "position": 0,
            "source": "x",
            "received_at": RECEIVED_AT,
            "reason": "not_json",
            "detail": "Expecting ',' delimiter: line 1 column 16 (char 15)",
            **kept_of(b'{"data":{"id":7'),
        }
    ]


def test_of_a_large_payload_the_first_bytes_are_kept_with_its_size_and_its_hash() -> None:
    payload = b'{"data":"' + bytes(range(256)) * 400

    (row,) = rows_of([Record(payload)])

    assert (row["payload_bytes"], row["payload_sha256"]) == (102_409, sha256(payload).hexdigest())
    assert row["payload"] == payload[:65_536]


def test_a_record_without_a_value_has_no_size() -> None:
    (row,) = rows_of([Record(None)])

    assert [row[name] for name in ("reason", "payload", "payload_bytes", "payload_sha256")] == [
        "empty",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("payload", "source", "detail"),
    [
        (v2_post(lang=7, hashtags=["x" * 256]), "x", "bad_hashtag,bad_type"),
        (v2_post(created_at="2031-01-01T00:00:00Z"), "x", "future_date"),
        (commit(record=record(langs="en")), "bluesky", "bad_type"),
        (profile(followersCount=-1), "bluesky", "bad_count"),
        (status(edited_at=""), "mastodon", "bad_date"),
        (account(active=False, status="deleted"), "bluesky", "deleted"),
        (account(active=False), "bluesky", "hidden"),
        (account(), "bluesky", "active"),
        ({"limit": {"track": 1}}, "x", "notice_limit"),
        (commit(collection="app.bsky.feed.like"), "bluesky", None),
        (v2_post(), "x", None),
    ],
)
def test_what_was_odd_about_a_record_and_what_kind_it_is_are_told_in_its_detail(
    payload: Json, source: str, detail: str | None
) -> None:
    (row,) = rows_of([Record(as_bytes(payload), headers=headers_of(source))])

    assert (row["reason"], row["detail"]) == (None, detail)


def test_each_instant_of_a_stranger_is_clamped_to_five_minutes_after_the_record_came() -> None:
    latest, later_us = "2026-03-01 12:39:57.000", RECEIVED_US + 86_400_000_000
    later: Json = {"time_us": later_us}
    payloads = [
        commit(**later),
        identity(handle="a.example", **later),
        account(active=False, status="deleted", **later),
        deleted(**later),
    ]

    rows = rows_of(
        [
            Record(as_bytes(one), at, headers=headers_of("bluesky"))
            for at, one in enumerate(payloads)
        ]
    )

    assert [(row["op"], row["created_at"], row["version_at"]) for row in rows] == [
        ("create", latest, latest),
        ("profile", latest, None),
        ("account", latest, None),
        # A delete is of the time at which it came: it tells of none.
        ("delete", "2026-03-01 12:34:57.000", latest),
    ]


def test_an_edit_of_the_future_does_not_keep_later_edits_away() -> None:
    edited = status(edited_at="2031-06-01T00:00:00.000Z")

    (row,) = rows_of([Record(as_bytes(edited), headers=headers_of("mastodon"))])

    assert (row["created_at"], row["version_at"]) == (
        "2026-03-01 12:00:00.000",
        "2026-03-01 12:39:57.000",
    )


def test_a_delete_notice_of_x_is_a_delete_and_no_other_notice_is_rejected() -> None:
    notices = [
        {"delete": {"status": {"id": 1, "id_str": "1"}}},
        {"limit": {"track": 7}},
        {"status_withheld": {}},
    ]

    rows = rows_of([Record(as_bytes(notice), offset) for offset, notice in enumerate(notices)])

    assert [(row["op"], row["post_id"], row["user_id"], row["reason"]) for row in rows] == [
        ("delete", "1", None, None),
        ("ignored", None, None, None),
        ("ignored", None, None, None),
    ]


@pytest.mark.parametrize(
    ("headers", "source"),
    [
        (headers_of("x"), "x"),
        (headers_of("sample"), "sample"),
        # Raw tweets sent by any plain Kafka client.
        (None, "x"),
        ((), "x"),
        (headers_of(""), "x"),
    ],
)
def test_the_source_header_is_the_source_of_posts_and_rejected_alike(
    headers: Headers, source: str
) -> None:
    rows = rows_of([Record(as_bytes(v2_post()), headers=headers), Record(b"", 1, headers=headers)])

    assert [(row["source"], row["reason"]) for row in rows] == [
        (source, None),
        (source, "not_json"),
    ]


@pytest.mark.parametrize("source", ["myspace", "X", "x ", "x\x00", "é" * 300, "\ufffd"])
def test_a_source_without_decoder_is_named_in_the_detail_and_never_stored(source: str) -> None:
    (row,) = rows_of([Record(as_bytes(v2_post()), headers=headers_of(source))])

    assert (row["source"], row["reason"]) == (None, "unknown_source")
    assert row["detail"] == f"no decoder for {source}"[:255]


@pytest.mark.parametrize(
    ("reason", "stored", "detail"),
    [
        (b"too_large", "too_large", None),
        (b"not_a_post", "not_a_post", None),
        (b"because", "not_a_post", "a dead letter with reason because"),
        (None, "not_a_post", "a dead letter with reason None"),
    ],
)
def test_a_dead_letter_keeps_the_reason_of_who_refused_it(
    reason: bytes | None, stored: str, detail: str | None
) -> None:
    headers = [*headers_of("x"), ("reason", reason)]
    good = as_bytes(v2_post())

    (row,) = rows_of([Record(good, topic="rejected", headers=headers)])

    assert row == NOTHING | {
        "topic": "rejected",
        "kafka_partition": 0,
        "kafka_offset": 0,
        "position": 0,
        "source": "x",
        "received_at": RECEIVED_AT,
        "reason": stored,
        "detail": detail,
        **kept_of(good),
    }


def test_each_record_of_a_mixed_batch_is_staged_once_and_slices_make_no_difference() -> None:
    payloads = [
        as_bytes(v2_post("1", hashtags=["a", "b"])),
        b"broken",
        as_bytes(v1_tweet(2, hashtags=["c"])),
        None,
        as_bytes(v2_post("3")),
        b"[]",
        as_bytes(v1_tweet(4)),
    ]
    records = [
        Record(value, offset, headers=headers_of("x", RECEIVED_US + offset))
        for offset, value in enumerate(payloads)
    ]
    whole = record_batch(records)

    rows = staged(whole)

    assert [
        (row["kafka_offset"], row["position"], row["post_id"], row["hashtags"], row["reason"])
        for row in rows
    ] == [
        (0, 0, "1", "a\x1fb", None),
        (1, 0, None, None, "not_json"),
        (2, 0, "2", "c", None),
        (3, 0, None, None, "empty"),
        (4, 0, "3", None, None),
        (5, 0, None, None, "not_a_post"),
        (6, 0, "4", None, None),
    ]
    assert staged(whole.slice(0, 3), whole.slice(3, 0), whole.slice(3)) == rows
    assert staged(*(whole.slice(at, 1) for at in range(len(records)))) == rows


def test_a_batch_without_records_stages_nothing() -> None:
    assert rows_of([]) == []


def test_staging_leaves_nothing_to_collect() -> None:
    """A worker does not collect within a task (spark_jobs/adapters/worker.py)."""
    payloads = [
        as_bytes(v2_post(hashtags=["a", "b"])),
        as_bytes(v1_tweet()),
        b"{cut off",
        b"[]",
        b"\xff",
        b"{}",
    ]
    batch = record_batch([Record(payload, at) for at, payload in enumerate(payloads * 50)])

    # In a process of its own: what other tests have left becomes garbage at any time.
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        assert process.submit(left_to_collect, batch).result() == (300, 0)


def test_rows_and_the_staging_table_have_the_same_columns_in_the_same_order() -> None:
    lines = STAGING_COLUMNS.strip().splitlines()

    assert ["staged_id", *SCHEMA.names] == [
        line.split()[0] for line in lines if " AS (" not in line
    ]
    assert {*ROW.fields, "minute_at", "topic", "payload_bytes", "payload_sha256"} == {
        line.split()[0] for line in lines if " AS (" in line
    }
    assert {str(field.type) for field in SCHEMA} == {"binary"}
