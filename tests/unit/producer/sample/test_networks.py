"""Made-up events of Bluesky, Mastodon and Wikimedia, read with plain json."""

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
from made_up_hour import sent_by

from spark_jobs.decode import stage_edits, stage_posts
from spark_jobs.decode.post import Rejected
from tidemark.contracts.events import Event
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason
from tidemark.contracts.topics import EDITS, POSTS

Json = Any


@cache
def events_of(network: str) -> list[Event]:
    """Return the posts or edits that the network sent."""
    return [event for _, topic, event in sent_by([network]) if topic in (POSTS, EDITS)]


@cache
def documents(network: str) -> list[Json]:
    """Return the payloads that have no fault."""
    return [json.loads(event.value) for event in events_of(network) if event.event_id]


def commits(operation: str) -> list[Json]:
    messages = (message for message in documents("bluesky") if message.get("kind") == "commit")
    return [message for message in messages if message["commit"]["operation"] == operation]


def record_of(message: Json) -> tuple[str, str, str]:
    """Return what identifies a record."""
    return message["did"], message["commit"]["collection"], message["commit"]["rkey"]


@pytest.mark.parametrize("network", ["bluesky", "mastodon", "wikimedia"])
def test_a_network_has_a_source_name_that_says_sample_and_has_a_decoder(network: str) -> None:
    decoders = stage_posts.DECODERS.keys() | stage_edits.DECODERS.keys()

    assert {event.source for event in events_of(network)} == {f"sample_{network}"}
    assert f"sample_{network}" in decoders
    assert len(f"sample_{network}") <= 16  # characters of the columns


def test_what_is_sent_of_x_is_the_same_with_and_without_other_networks() -> None:
    alone = [event for *_, event in sent_by(["x"], rate=2)]
    beside = [
        event
        for *_, event in sent_by(["x", "bluesky", "mastodon", "wikimedia"], rate=2)
        if event.source == "sample"
    ]

    assert alone == beside


def test_facets_of_bluesky_name_the_bytes_where_a_mark_is() -> None:
    marks: Counter[str] = Counter()
    for message in commits("create"):
        record = message["commit"]["record"]
        for facet in record.get("facets", []):
            (feature,), index = facet["features"], facet["index"]
            shown = record["text"].encode()[index["byteStart"] : index["byteEnd"]].decode()
            kind = feature["$type"].rpartition("#")[2]
            assert (
                shown.startswith("@")
                if kind == "mention"
                else shown.lstrip("#") in feature.values()
            )
            marks[kind] += 1

    assert marks.keys() == {"tag", "mention", "link"}


def test_updates_and_deletes_of_bluesky_are_mostly_of_posts_that_were_sent() -> None:
    created = {record_of(message) for message in commits("create")}

    for operation in ("update", "delete"):
        changed = [record_of(message) for message in commits(operation)]
        assert len(changed) > 100
        assert sum(record in created for record in changed) > 0.7 * len(changed)


def test_each_message_of_bluesky_is_followed_by_its_authors_profile() -> None:
    found = [event for event in events_of("bluesky")]
    for message, profile in zip(found[::2], found[1::2], strict=True):
        assert message.key == profile.key
        assert b'"handle"' in profile.value
    assert {kind for kind in (d.get("kind") for d in documents("bluesky"))} == {
        *("commit", "identity", "account", None)
    }


def test_edits_of_mastodon_keep_the_id_and_come_later_and_deletes_are_ids_of_statuses() -> None:
    statuses = [status for status in documents("mastodon") if isinstance(status, dict)]
    deleted = [str(post_id) for post_id in documents("mastodon") if isinstance(post_id, int)]
    first = {status["id"]: status for status in statuses if status["edited_at"] is None}
    edits = [status for status in statuses if status["edited_at"] and status["id"] in first]

    assert len(edits) > 100
    for edit in edits:
        assert edit["uri"] == first[edit["id"]]["uri"]
        assert edit["created_at"] == first[edit["id"]]["created_at"] < edit["edited_at"]
    assert sum(post_id in first for post_id in deleted) > 0.7 * len(deleted) > 100
    assert any(status["reblog"] for status in statuses)


def test_changes_are_of_every_type_by_bots_and_people_in_wikis_whose_names_say_sample() -> None:
    changes = documents("wikimedia")

    assert {change["type"] for change in changes} == {
        "edit",
        "new",
        "categorize",
        "log",
        "external",
    }
    assert all(change["wiki"].startswith("sample_") for change in changes)
    assert len({change["wiki"] for change in changes}) > 10
    assert {change["bot"] for change in changes} == {True, False}
    sizes = [change["length"] for change in changes if change["type"] == "edit"]
    assert {size["new"] > size["old"] for size in sizes} == {True, False}
    assert all(size["old"] >= 0 <= size["new"] for size in sizes)


def test_ids_of_events_come_once_apart_from_repeated_deletes() -> None:
    for network in ("bluesky", "mastodon", "wikimedia"):
        ids = [event.event_id for event in events_of(network) if event.event_id]
        repeated = {event_id for event_id, times in Counter(ids).items() if times > 1}
        assert all(event_id.startswith("sample_mastodon:del:") for event_id in repeated)


def test_faults_are_rejected_for_many_reasons_and_stored_with_every_oddity() -> None:
    decoders: Json = stage_posts.DECODERS | stage_edits.DECODERS
    reasons: set[str] = set()
    oddities: set[str] = set()
    for network in ("bluesky", "mastodon", "wikimedia"):
        events = events_of(network)
        outcomes = [decoders[event.source](memoryview(event.value)) for event in events]
        rejected = [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
        reasons |= {outcome.reason for outcome in rejected}
        oddities |= {odd for outcome in outcomes for odd in getattr(outcome, "odd", ())}
        assert 0 < len(rejected) < 0.01 * len(events)

    assert reasons == {
        *(Reason.NOT_JSON, Reason.NOT_A_POST, Reason.NOT_AN_EDIT, Reason.NO_ID, Reason.BAD_FIELD),
        *(Reason.NO_CREATED_AT, Reason.BAD_CREATED_AT, Reason.TOO_LONG),
    }
    # Whether a date is of the future depends on when its record was received.
    assert oddities == set(Oddity) - {Oddity.FUTURE_DATE}
