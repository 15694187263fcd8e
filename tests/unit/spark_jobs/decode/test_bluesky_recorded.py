"""Real messages of Jetstream, against plain dictionary look-ups."""

import json
from typing import Any

import pytest
from recordings import recorded_lines

from spark_jobs.decode.bluesky import decode_bluesky
from spark_jobs.decode.post import Account, AccountState, Ignored, Post

STORED = ("app.bsky.feed.post", "app.bsky.feed.repost")


def post_of(message: dict[str, Any]) -> Post:
    """What a recorded message says, by plain dictionary look-ups."""
    change = message["commit"]
    said = change.get("record", {})
    features = [feature for facet in said.get("facets", []) for feature in facet["features"]]
    kinds = [feature["$type"].rpartition("#")[2] for feature in features]
    tags = [feature["tag"] for feature in features if "tag" in feature] + said.get("tags", [])
    links = [feature["uri"] for feature in features if "uri" in feature]
    embed = said.get("embed", {})
    card = embed.get("external", embed.get("media", {}).get("external", {})).get("uri")
    at_ms = message["time_us"] // 1_000
    return Post(
        post_id=f"at://{message['did']}/{change['collection']}/{change['rkey']}",
        created_at_ms=at_ms,
        user_id=message["did"],
        username=None,
        username_original=None,
        display_name=None,
        nb_friends=None,
        nb_followers=None,
        lang=said.get("langs", [None])[0],
        op=change["operation"],
        is_repost=change["collection"].endswith("repost"),
        hashtags=tuple(sorted(set(tags), key=tags.index)),
        nb_mentions=kinds.count("mention"),
        nb_links=len(links) + (card is not None and card not in links),
        version_ms=at_ms,
        text=said.get("text"),
    )


def account_of(message: dict[str, Any]) -> Account:
    said = message["account"]
    gone = AccountState.DELETED if said.get("status") == "deleted" else AccountState.HIDDEN
    return Account(
        message["did"], AccountState.ACTIVE if said["active"] else gone, message["time_us"] // 1_000
    )


def is_stored(message: dict[str, Any]) -> bool:
    return message["kind"] == "commit" and message["commit"]["collection"] in STORED


@pytest.mark.parametrize(
    ("name", "number", "posts"), [("jetstream_v1_golden", 10, 2), ("jetstream_v1_capture", 60, 15)]
)
def test_every_recorded_message_is_what_it_says_it_is(name: str, number: int, posts: int) -> None:
    payloads = list(recorded_lines(name))
    messages = [json.loads(payload) for payload in payloads]

    decoded = [decode_bluesky(payload) for payload in payloads]

    assert len(payloads) == number
    assert [outcome for outcome in decoded if isinstance(outcome, Post)] == [
        post_of(message) for message in messages if is_stored(message)
    ]
    assert sum(map(is_stored, messages)) == posts
    assert [outcome for outcome in decoded if isinstance(outcome, Account)] == [
        account_of(message) for message in messages if message["kind"] == "account"
    ]
    assert {type(outcome) for outcome in decoded} <= {Post, Account, Ignored}
