"""Of every field but the few that a record cannot do without, any value may be odd: the record is
stored."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from bluesky_payloads import commit, facet, profile, record
from edit_payloads import change
from hostile import ODD_VALUES
from mastodon_payloads import account, status
from outcomes import check_outcome
from payloads import Json, as_ascii, v1_tweet, v2_hashtags, v2_post, v2_user

from spark_jobs.decode.bluesky import decode_bluesky
from spark_jobs.decode.mastodon import decode_mastodon
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.wikimedia import decode_wikimedia
from spark_jobs.decode.x import decode_x

Path = tuple[str | int, ...]

V2 = v2_post(
    hashtags=["tide"],
    referenced_tweets=[{"type": "retweeted", "id": "7"}],
    note_tweet={"entities": {"hashtags": v2_hashtags("tide"), "urls": [{}]}},
)
BLUESKY = commit(
    record=record(
        hashtags=["tide"],
        tags=["ebb"],
        facets=[facet(kind="tag", tag="tide"), facet(kind="link", uri="https://a.example")],
        embed={
            "external": {"uri": "https://a.example"},
            "media": {"external": {"uri": "https://b.example"}},
        },
    )
)
CASES: dict[str, tuple[Callable[[bytes], Any], Json, set[Path]]] = {
    "v2": (decode_x, V2 | {"includes": {"users": [v2_user()], "tweets": [{"id": "7"}]}}, {
        ("data",), ("data", "id"), ("data", "created_at")}),
    "flattened": (decode_x, V2["data"] | {"author": v2_user()}, {("id",), ("created_at",)}),
    "v1": (decode_x, v1_tweet(hashtags=["tide"], retweeted_status=v1_tweet(hashtags=["tide"])), {
        ("id_str",), ("created_at",)}),
    "bluesky": (decode_bluesky, BLUESKY, {
        ("did",), ("time_us",), ("kind",), ("commit",), ("commit", "operation"), ("commit", "collection"),
        ("commit", "rkey"), ("commit", "record")}),
    "bluesky profile": (decode_bluesky, profile(), {("did",), ("handle",)}),
    "mastodon": (decode_mastodon, status(hashtags=["tide"], reblog=status(7), mentions=[{"acct": "bo"}]), {
        ("id",), ("uri",), ("created_at",), ("account",)}),
    "wikimedia": (decode_wikimedia, change(), {("meta",), ("meta", "id"), ("meta", "domain"), ("type",), ("wiki",)}),
}  # fmt: skip
"""By shape: the decoder, a good payload, and what it cannot do without."""


def paths(found: Any, before: Path = ()) -> Iterator[Path]:
    """Yield the way to everything in a document."""
    keys = (
        found if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ()
    )
    for key in keys:
        yield (*before, key)
        yield from paths(found[key], (*before, key))


def with_odd(payload: Json, path: Path, value: Any) -> Json:
    copy: Any = deepcopy(payload)
    inside = copy
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    changed: Json = copy
    return changed


@pytest.mark.parametrize("name", CASES)
def test_no_odd_value_of_an_optional_field_costs_the_record(name: str) -> None:
    decode, good, needed = CASES[name]
    rejected = []
    for path in paths(good):
        if path in needed:
            continue
        for value in ODD_VALUES:
            payload = as_ascii(with_odd(good, path, value))
            outcome = decode(payload)
            check_outcome(outcome, payload)
            if isinstance(outcome, Rejected):
                rejected.append((path, value, outcome))

    assert len(list(paths(good))) > 8
    assert rejected == []


def test_a_status_whose_account_tells_nothing_is_stored() -> None:
    assert not isinstance(
        decode_mastodon(as_ascii(status(account=account() | {"acct": 7, "uri": []}))), Rejected
    )
