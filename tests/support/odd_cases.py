"""Cases of odd data, each with its right value: of the project's own, and those beside it where
they are there.

A case tells what must come of one record, as `told_of` gives it: the names of `expect` are its.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from kafka_records import Record, headers_of, record_batch
from payloads import Json

from spark_jobs.decode import stage_edits as staged_edits
from spark_jobs.decode import stage_posts as staged
from spark_jobs.decode.kafka_batch import KafkaBatch
from tidemark.contracts.hashtags import hashtag_key
from tidemark.stack.project import FOLDER

SHARED = FOLDER.parent / "shared" / "cases"
ARRIVED_AT = datetime(2026, 4, 2, 12, tzinfo=UTC)
"""When each record arrives: two hours after what the cases tell of."""
LATEST = "2026-04-02 12:05:00.000"


class Case(NamedTuple):
    """A record and what must come of it.

    kind    of fault, by the number that the shared cases have for it
    expect  outcome, and fields as `told_of` has them
    """

    name: str
    kind: str
    source: str
    payload: bytes
    expect: Json


def shared_cases() -> list[Case]:
    """Return the cases beside the project that one decoder can show; none where the folder is
    missing.

    Whole files, and pages of posts, are taken apart by source replay before any decoder sees them.
    """
    lines = [
        json.loads(line)
        for path in sorted(SHARED.glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    of_records = [
        line for line in lines if "payload" in line and line["expect"]["outcome"] != "posts"
    ]
    return [_shared(line) for line in of_records]


def told_of(case: Case) -> Json:
    """Return what the decoder of the case's source tells: the outcome's name, its fields, and what
    follows of them."""
    topic = "edits" if case.source == "wikimedia" else "posts"
    headers = headers_of(case.source, round(ARRIVED_AT.timestamp()) * 1_000_000)
    records = KafkaBatch.of(record_batch([Record(case.payload, topic=topic, headers=headers)]))
    (found,) = staged_edits.decode(records) if topic == "edits" else staged.decode(records)
    told = msgspec.structs.asdict(found)
    named = {
        f"{name.removesuffix('_ms')}_at".replace("at_at", "at"): ms
        for name, ms in told.items()
        if "_ms" in name
    }
    told |= {name: None if ms is None else _instant(ms) for name, ms in named.items()}
    told["outcome"] = "delete" if told.get("op") == "delete" else type(found).__name__.lower()
    told["odd"] = sorted(told.get("odd", ()))
    if "hashtags" in told:
        told["hashtags"] = list(told["hashtags"])
        told["keys"] = [hashtag_key(spelling) for spelling in told["hashtags"]]
    for name in ("key", "bytes_added", "bytes_removed"):
        told[name] = getattr(found, name, None)
    return told


def _instant(ms: int) -> str:
    return (datetime(1970, 1, 1) + timedelta(milliseconds=ms)).isoformat(" ", "milliseconds")


def _shared(line: Json) -> Case:
    expect: dict[str, Any] = {
        name: value for name, value in line["expect"].items() if name != "note"
    }
    if expect["outcome"] == "delete of all posts of this did":
        expect = {
            "outcome": "account",
            "state": "deleted",
            "user_id": json.loads(line["payload"])["did"],
        }
    return Case(
        line["case"],
        line["kind"],
        line["source"],
        line["payload"].encode(),
        expect | _SAID.get(line["case"], {}),
    )


_SAID: dict[str, Json] = {
    "mastodon-from-the-future": {"created_at": LATEST, "odd": ["future_date"]},
    "same-tag-three-times-x": {"keys": ["tide"]},
    "same-tag-three-times-bluesky": {"keys": ["tide"]},
    "x-edit-first": {"key": "7111", "op": "create", "keys": ["tide", "regata"]},
    "x-edit-second": {"key": "7111", "keys": ["tide", "regatta"]},
    "type-of-an-extension": {"type": "142"},
}
"""What the notes of cases say in words."""
