"""Which shape a payload has, and why it is none."""

import pytest
from payloads import as_bytes, v1_hashtags, v1_tweet, v2_post

from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.x import decode_x
from tidemark.contracts.reasons import Reason


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
        as_bytes({"errors": [{"title": "operational-disconnect"}]}),
        as_bytes({"delete": {"status": {"id": 1, "id_str": "1", "user_id": 2}}}),
        as_bytes({"limit": {"track": 1234, "timestamp_ms": "1520690595660"}}),
        as_bytes({"data": None, "includes": {}}),
    ],
)
def test_json_that_is_no_post_is_not_a_post(payload: bytes) -> None:
    refused = decode_x(payload)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.NOT_A_POST


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (as_bytes(v2_post(lang=7)), "$.data.lang"),
        (as_bytes(v2_post(id=True)), "$.data.id"),
        (as_bytes(v2_post(id=1.5)), "$.data.id"),
        (as_bytes(v2_post(created_at=1520690595)), "$.data.created_at"),
        (as_bytes(v2_post(entities={"hashtags": [{"tag": 1}]})), "$.data.entities.hashtags[0].tag"),
        (as_bytes(v2_post(entities=[])), "$.data.entities"),
        (as_bytes({"data": "post"}), "$.data"),
        (as_bytes(v1_tweet(user="ana")), "$.user"),
        (as_bytes(v1_tweet(entities={"hashtags": [*v1_hashtags("a"), None]})), "$.entities.hashtags[1]"),
    ],
)
def test_a_post_with_a_field_of_the_wrong_type_is_a_bad_field_and_the_field_is_named(
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
        b'{"data":{"id":' + b"9" * 5_000 + b"}}",
    ],
    ids=lambda payload: repr(payload[:24]),
)
def test_bytes_that_are_not_one_json_document_are_not_json(payload: bytes) -> None:
    refused = decode_x(payload)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.NOT_JSON


def test_bytes_that_are_no_text_in_a_field_that_nobody_reads_do_not_cost_the_post() -> None:
    whole = decode_x(as_bytes(v2_post(text="caf*")))

    broken = decode_x(as_bytes(v2_post(text="caf*")).replace(b"caf*", b"caf\xe9"))

    assert isinstance(whole, Post)
    assert broken == whole


def test_a_payload_is_read_from_a_view_as_from_bytes() -> None:
    payload = as_bytes(v2_post(hashtags=["été"]))

    assert decode_x(memoryview(payload)) == decode_x(payload)


def test_a_view_of_a_longer_buffer_ends_where_it_ends() -> None:
    payload = as_bytes(v2_post())

    assert decode_x(memoryview(b"[" + payload + b"garbage")[1 : 1 + len(payload)]) == decode_x(payload)
