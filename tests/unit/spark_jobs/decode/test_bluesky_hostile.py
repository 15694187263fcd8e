"""Bytes that mean harm, and good payloads bent and cut at random."""

import base64
import json
import random
from typing import Any

import pytest
from bluesky_payloads import account, commit, deleted, facet, identity, profile, record, repost
from hostile import bent, hostile, is_strict_json
from outcomes import check_outcome
from payloads import as_ascii, as_bytes
from recordings import recorded_lines

from spark_jobs.decode.bluesky import decode_bluesky
from spark_jobs.decode.post import Account, Post, Profile, Rejected
from tidemark.contracts.reasons import Reason


def test_a_hostile_document_is_not_json_where_it_is_none_and_never_an_exception() -> None:
    cases = [json.loads(line) for line in recorded_lines("hostile_json")]
    payloads = {case["name"]: base64.b64decode(case["base64"]) for case in cases}

    outcomes = {name: decode_bluesky(payload) for name, payload in payloads.items()}

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


def test_a_hostile_record_in_a_good_message_is_never_an_exception() -> None:
    head, _, tail = as_bytes(commit(record="HERE")).partition(b'"HERE"')
    cases = [json.loads(line) for line in recorded_lines("hostile_json")]

    outcomes = [decode_bluesky(head + base64.b64decode(case["base64"]) + tail) for case in cases]

    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Rejected)} == {
        Reason.NOT_JSON,
        Reason.BAD_FIELD,
    }


@pytest.mark.parametrize(
    "payload", [b'{"did":' * 5_000, b"[" * 100_000, b'{"commit":{"record":' + b"[" * 100_000]
)
def test_depth_is_no_exception(payload: bytes) -> None:
    assert isinstance(decode_bluesky(payload), Rejected)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_the_record_of_a_post_it_is_a_post(seed: int) -> None:
    dice = random.Random(seed)
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://b.example"}}
    link = facet(kind="link", uri="https://a.example")
    said = record(hashtags=["Kafka", "été"], tags=["more"], embed=card)
    said["facets"] += [link, facet(kind="mention", did="x")]

    for _ in range(800):
        payload = as_ascii(commit(record=bent(said, dice)))
        outcome = decode_bluesky(memoryview(payload))

        check_outcome(outcome, payload)
        assert isinstance(outcome, Post), payload


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_a_message_it_is_something_or_has_a_reason(seed: int) -> None:
    dice = random.Random(seed)
    link = facet(kind="link", uri="https://a.example")
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://b.example"}}
    good: list[dict[str, Any]] = [
        commit(record=record(hashtags=["Kafka", "été"], tags=["more"])),
        commit(
            operation="update",
            record=record(facets=[link, facet(kind="mention", did="x")], embed=card),
        ),
        repost(),
        deleted(),
        identity(handle="new.example.org"),
        account(active=False, status="deleted"),
        profile(),
    ]

    for _ in range(1_500):
        payload = hostile(dice.choice(good), dice)
        outcome = decode_bluesky(memoryview(payload))

        check_outcome(outcome, payload)
        if isinstance(outcome, Post):
            assert outcome.version_ms is not None
            assert (outcome.user_id is None) == (outcome.op == "delete")
        if isinstance(outcome, Profile | Account):
            assert outcome.user_id
