"""Bytes that mean harm, good events bent at random, and recorded ones against plain dictionary
look-ups."""

import base64
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from edit_payloads import change
from hostile import hostile, is_strict_json
from outcomes import check_outcome
from payloads import as_bytes
from recordings import recorded_lines

from spark_jobs.decode.edit import TYPES, Edit
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.wikimedia import decode_wikimedia
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason


def test_a_hostile_document_is_not_json_where_it_is_none_and_never_an_exception() -> None:
    cases = [json.loads(line) for line in recorded_lines("hostile_json")]
    payloads = {case["name"]: base64.b64decode(case["base64"]) for case in cases}

    outcomes = {name: decode_wikimedia(payload) for name, payload in payloads.items()}

    reasons = {
        name: found.reason for name, found in outcomes.items() if isinstance(found, Rejected)
    }
    none_at_all = {
        c["name"]
        for c in cases
        if c["expect"] == "reject" and not is_strict_json(payloads[c["name"]])
    }
    assert reasons.keys() == payloads.keys()
    assert {reasons[name] for name in none_at_all} == {Reason.NOT_JSON}
    assert {reasons[c["name"]] for c in cases if c["expect"] == "accept"} == {Reason.NOT_AN_EDIT}


@pytest.mark.parametrize("digits", [20, 400, 5_000])
@pytest.mark.parametrize("place", ["namespace", "length"])
def test_a_number_of_any_length_is_unknown_and_the_edit_is_stored(place: str, digits: int) -> None:
    found = as_bytes(change() | {place: {"new": 777_777} if place == "length" else 777_777})

    outcome = decode_wikimedia(found.replace(b"777777", b"9" * digits))

    assert isinstance(outcome, Edit)
    assert outcome.odd in ({Oddity.BAD_COUNT}, {Oddity.BAD_TYPE})
    assert outcome.bytes_added == (58 if place == "namespace" else None)
    assert outcome.namespace == (None if place == "namespace" else 0)


@pytest.mark.parametrize("digits", [20, 400, 5_000])
def test_a_time_of_any_length_is_no_time(digits: int) -> None:
    outcome = decode_wikimedia(
        as_bytes(change(dt=None, timestamp=777_777)).replace(b"777777", b"9" * digits)
    )

    assert isinstance(outcome, Rejected)
    assert outcome.reason in (Reason.BAD_CREATED_AT, Reason.BAD_FIELD)
    assert len(outcome.detail or "") <= 255


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_an_edit_it_is_an_edit_or_has_a_reason(seed: int) -> None:
    dice = random.Random(seed)
    good = [change(kind=kind) for kind in TYPES]

    for _ in range(1_500):
        payload = hostile(dice.choice(good), dice)
        outcome = decode_wikimedia(memoryview(payload))

        check_outcome(outcome, payload)
        if isinstance(outcome, Edit):
            assert outcome.edit_id
            assert outcome.wiki
            assert outcome.type.isascii()
            assert 0 <= (outcome.bytes_added or 0) < 2**31


def edit_of(event: dict[str, Any]) -> Edit:
    """What a recorded event says, by plain dictionary look-ups."""
    at = datetime.fromisoformat(event["meta"]["dt"])
    length = event.get("length") or {}
    return Edit(
        edit_id=event["meta"]["id"],
        wiki=event["wiki"],
        type=event["type"],
        title=event["title"],
        namespace=event["namespace"],
        user_name=event.get("user"),
        is_bot=event["bot"],
        is_minor=event.get("minor", False),
        size_old=length.get("old"),
        size_new=length.get("new"),
        created_at_ms=round((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000),
    )


@pytest.mark.parametrize(("name", "number"), [("wikimedia_edits", 100), ("wikimedia_mixed", 18)])
def test_every_recorded_event_is_the_edit_that_it_says_it_is(name: str, number: int) -> None:
    payloads = list(recorded_lines(name))

    decoded = [decode_wikimedia(payload) for payload in payloads]

    assert len(payloads) == number
    assert decoded == [edit_of(json.loads(payload)) for payload in payloads]
