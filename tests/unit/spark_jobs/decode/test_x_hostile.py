"""Bytes that mean harm, and good payloads bent and cut at random."""

import base64
import json
import random
from typing import Any

import pytest
from hostile import hostile, is_strict_json
from outcomes import check_outcome
from payloads import v1_hashtags, v1_tweet, v2_post, v2_user
from recordings import recorded_lines

from spark_jobs.decode.post import Rejected
from spark_jobs.decode.x import decode_x
from tidemark.contracts.reasons import Reason


def test_a_hostile_document_is_not_json_where_it_is_none_and_never_an_exception() -> None:
    cases = [json.loads(line) for line in recorded_lines("hostile_json")]
    payloads = {case["name"]: base64.b64decode(case["base64"]) for case in cases}

    outcomes = {name: decode_x(payload) for name, payload in payloads.items()}

    refused_as = {
        name: out.reason if isinstance(out, Rejected) else None for name, out in outcomes.items()
    }
    none_at_all = {
        c["name"]
        for c in cases
        if c["expect"] == "reject" and not is_strict_json(payloads[c["name"]])
    }
    surely_json = {c["name"] for c in cases if c["expect"] == "accept"}
    assert len(none_at_all) > 150
    assert len(surely_json) > 80
    assert {name: refused_as[name] for name in none_at_all} == dict.fromkeys(
        none_at_all, Reason.NOT_JSON
    )
    assert {name for name in surely_json if refused_as[name] is not Reason.NOT_A_POST} == set()
    assert set(refused_as.values()) == {Reason.NOT_JSON, Reason.NOT_A_POST}


def test_quotes_without_an_end_in_what_is_nested_too_deep_are_read_once() -> None:
    assert decode_x(b"[" * 5_000 + b'"' + b'\\"' * 500_000) == Rejected(
        Reason.NOT_JSON, "nested too deep to be read"
    )


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_a_post_it_is_a_post_or_has_a_reason(seed: int) -> None:
    dice = random.Random(seed)
    good: list[dict[str, Any]] = [
        v2_post(hashtags=["Kafka", "été"], referenced_tweets=[{"type": "retweeted", "id": "1"}]),
        v2_post(note_tweet={"text": "…", "entities": {"hashtags": [{"tag": "a"}]}}),
        v1_tweet(hashtags=["Kafka", "été"], retweeted_status=v1_tweet(7, hashtags=["whole"])),
        v1_tweet(extended_tweet={"full_text": "…", "entities": {"hashtags": v1_hashtags("a")}}),
        v2_post("9002", edit_history_tweet_ids=["9001", "9002"]),
        v2_post()["data"] | {"author": v2_user()},
        {"delete": {"status": {"id": 7, "id_str": "7"}, "timestamp_ms": "1772368496789"}},
        {"limit": {"track": 7}, "note": "x"},
    ]

    for _ in range(1_500):
        payload = hostile(dice.choice(good), dice)

        check_outcome(decode_x(memoryview(payload)), payload)
