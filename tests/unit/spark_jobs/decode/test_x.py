"""Which shape a payload has, and why it is none."""

from typing import Any

import pytest
from payloads import (
    Json,
    as_ascii,
    as_bytes,
    v1_hashtags,
    v1_tweet,
    v1_user,
    v2_hashtags,
    v2_post,
    v2_user,
)

from spark_jobs.decode.post import Ignored, Post, Rejected
from spark_jobs.decode.x import decode_x
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason
from tidemark.contracts.recordings import NOTICES


@pytest.mark.parametrize(
    "payload",
    [
        b"{}",
        b"[]",
        b'"text"',
        b"7",
        b"null",
        as_bytes([v2_post()]),
        as_bytes({"data": [v2_post()["data"]]}),
        as_bytes({"meta": {"result_count": 0}}),
        as_bytes({"limits": {"track": 1234}}),
        as_bytes({"data": None, "includes": {}}),
        as_bytes({"delete": None}),
        # As deep as no parser goes, and JSON all the same.
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=lambda payload: repr(payload[:24]),
)
def test_json_that_is_no_post_is_not_a_post(payload: bytes) -> None:
    refused = decode_x(payload)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.NOT_A_POST


@pytest.mark.parametrize(
    ("payload", "hashtags", "odd"),
    [
        (v2_post(lang=7), (), Oddity.BAD_TYPE),
        (v2_post(entities={"hashtags": [{"tag": 1}, *v2_hashtags("a")]}), ("a",), Oddity.BAD_TYPE),
        (v2_post(entities={"hashtags": "a"}), (), Oddity.BAD_TYPE),
        (v2_post(entities=[]), (), Oddity.BAD_TYPE),
        (v2_post(referenced_tweets="1"), (), Oddity.BAD_TYPE),
        (v2_post(edit_history_tweet_ids="9001"), (), Oddity.BAD_TYPE),
        (v2_post(author_id=["501"]), (), Oddity.BAD_TYPE),
        (v2_post() | {"includes": []}, (), Oddity.BAD_TYPE),
        (v2_post() | {"includes": {"users": [7, v2_user()]}}, (), Oddity.BAD_TYPE),
        (v2_post(hashtags=["a", "x" * 256]), ("a",), Oddity.BAD_HASHTAG),
        (v2_post(hashtags=["a\udf0a"]), ("a\ufffd",), Oddity.LONE_SURROGATE),
        (v2_post(edit_history_tweet_ids=["9" * 256, "9001"]), (), Oddity.TOO_LONG),
        (v1_tweet(user="ana"), (), Oddity.BAD_TYPE),
        (v1_tweet(user=v1_user(friends_count=-1)), (), Oddity.BAD_COUNT),
        (v1_tweet(user=v1_user(screen_name="x" * 256)), (), Oddity.TOO_LONG),
        (v1_tweet(lang="x" * 36), (), Oddity.TOO_LONG),
        (v1_tweet(text="cut \ud83c"), (), Oddity.LONE_SURROGATE),
        (v1_tweet(entities={"hashtags": [*v1_hashtags("a"), None]}), ("a",), Oddity.BAD_TYPE),
        (v1_tweet(hashtags=["a"], extended_tweet=[]), ("a",), Oddity.BAD_TYPE),
        (v1_tweet(hashtags=["a"], retweeted_status="whole"), ("a",), Oddity.BAD_TYPE),
    ],
)
def test_a_post_with_an_odd_field_is_stored_without_it_and_the_oddity_is_told(
    payload: Json, hashtags: tuple[str, ...], odd: Oddity
) -> None:
    post = decode_x(as_ascii(payload))

    assert isinstance(post, Post), post
    assert (post.post_id, post.hashtags, post.odd) == ("9001", hashtags, frozenset({odd}))


def test_a_text_that_nobody_reads_may_be_cut_anywhere() -> None:
    assert decode_x(as_ascii(v2_post(source="cut \ud83c"))) == decode_x(as_bytes(v2_post()))


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (as_bytes(v2_post(id=True)), "$.data.id"),
        (as_bytes(v2_post(id=["9001"])), "$.data.id"),
        (as_bytes(v2_post(created_at=1520690595)), "$.data.created_at"),
        (as_bytes({"data": "post"}), "$.data"),
        (as_bytes({"delete": "9001"}), "$.delete"),
    ],
)
def test_a_payload_whose_id_or_time_or_shape_is_of_the_wrong_type_is_a_bad_field_and_the_field_is_named(
    payload: bytes, detail: str
) -> None:
    refused = decode_x(payload)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.BAD_FIELD
    assert refused.detail is not None
    assert detail in refused.detail


@pytest.mark.parametrize(
    "payload",
    [
        as_bytes(v2_post(id=9.001e3)),
        as_bytes(v2_post(id=float(2**60), edit_history_tweet_ids=None)),
        as_bytes(v1_tweet(id=9.90000000000000403e17, id_str=None)),
        b'{"data":{"id":' + b"9" * 5_000 + b',"created_at":"2026-03-01T12:34:56Z"}}',
        as_bytes({"delete": {}}),
        as_bytes({"delete": {"status": {"id": 9.9e17}}}),
    ],
    ids=lambda payload: repr(payload[:40]),
)
def test_an_id_that_was_rounded_on_its_way_is_no_id(payload: bytes) -> None:
    assert decode_x(payload) == Rejected(Reason.NO_ID)


@pytest.mark.parametrize(
    "payload",
    [
        v2_post()["data"] | {"author": v2_user()},
        v2_post()["data"] | {"author": v2_user(), "author_id": None},
        # pandas makes a float of an id; that of the author is exact in `author`.
        v2_post()["data"] | {"author": v2_user(), "author_id": 501.0},
        v2_post()["data"] | {"includes": {"users": [v2_user()]}},
    ],
)
def test_a_post_of_v2_alone_is_a_post_with_its_author_inside_or_beside_it(payload: Json) -> None:
    assert decode_x(as_bytes(payload)) == decode_x(as_bytes(v2_post()))


def test_a_post_of_v2_alone_without_its_author_knows_their_id() -> None:
    post = decode_x(as_bytes(v2_post(hashtags=["a"])["data"]))

    assert isinstance(post, Post)
    assert (post.user_id, post.username, post.nb_friends, post.hashtags) == (
        "501",
        None,
        None,
        ("a",),
    )


def test_a_page_is_not_a_post_and_says_who_takes_pages_apart() -> None:
    pages: list[Json] = [
        {"data": [v2_post()["data"]], "includes": {}},
        {"data": []},
        {"meta": {"result_count": 0}},
    ]
    for page in pages:
        assert decode_x(as_bytes(page)) == Rejected(
            Reason.NOT_A_POST, "a page of posts; source replay takes pages apart"
        )


@pytest.mark.parametrize(
    "ids", [{"id": 1, "id_str": "1"}, {"id": 1}, {"id_str": "1"}, {"id": 1.5, "id_str": "1"}]
)
def test_a_delete_notice_deletes_the_post_that_it_names(ids: Json) -> None:
    deleted = decode_x(
        as_bytes({"delete": {"status": ids | {"user_id": 2}, "timestamp_ms": "1520690595660"}})
    )

    assert isinstance(deleted, Post)
    assert (deleted.op, deleted.key, deleted.version_ms) == ("delete", "1", None)


@pytest.mark.parametrize("name", sorted(NOTICES))
def test_a_notice_is_ignored_and_counted_by_its_name(name: str) -> None:
    notices: list[Any] = [{"track": 1234, "timestamp_ms": "1520690595660"}, [], None, "\ud83c"]
    for said in notices:
        assert decode_x(as_ascii({name: said})) == Ignored(f"notice {name}", f"notice_{name}")


def test_a_post_that_has_the_name_of_a_notice_in_it_is_a_post() -> None:
    assert decode_x(as_bytes(v1_tweet(event="x", warning={}))) == decode_x(as_bytes(v1_tweet()))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"{",
        b"not json",
        as_bytes(v2_post())[:-1],
        as_bytes(v2_post()) * 2,
        as_bytes(v2_post()) + b"\x00",
        b"\xef\xbb\xbf" + as_bytes(v2_post()),
        as_bytes(v2_post()).decode().encode("utf-16"),
        as_bytes(v2_post(id=7)).replace(b":7,", b":NaN,"),
        as_bytes(v2_post()).replace(b"9001", b"\xff\xff"),
        # The wrong type comes first, the end of the JSON is missing: it is no JSON at all.
        as_bytes(v2_post(lang=7))[:-1],
        b"[" * 100_000,
        b'{"data":' * 100_000,
        b"[" * 100_000 + b"}" * 100_000,
        # Brackets within a text close nothing.
        b'{"limit":' * 100_000 + b'"}}}' + b"}" * 99_997,
    ],
    ids=lambda payload: repr(payload[:24]),
)
def test_bytes_that_are_not_one_json_document_are_not_json(payload: bytes) -> None:
    refused = decode_x(payload)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.NOT_JSON


def test_bytes_that_are_no_text_in_a_field_that_nobody_reads_do_not_cost_the_post() -> None:
    whole = decode_x(as_bytes(v2_post(source="caf*")))

    broken = decode_x(as_bytes(v2_post(source="caf*")).replace(b"caf*", b"caf\xe9"))

    assert isinstance(whole, Post)
    assert broken == whole


def test_a_payload_is_read_from_a_view_as_from_bytes() -> None:
    payload = as_bytes(v2_post(hashtags=["été"]))

    assert decode_x(memoryview(payload)) == decode_x(payload)


def test_a_view_of_a_longer_buffer_ends_where_it_ends() -> None:
    payload = as_bytes(v2_post())

    assert decode_x(memoryview(b"[" + payload + b"garbage")[1 : 1 + len(payload)]) == decode_x(
        payload
    )
