"""Real payloads, against plain dictionary look-ups."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from e2e.x_posts import distinct_hashtags
from recordings import recorded_lines

from spark_jobs.decode.post import Post
from spark_jobs.decode.x import decode_x


def as_ms(moment: datetime) -> int:
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000)


def id_ms(post_id: str) -> int:
    """Return the time that X puts into an id."""
    return (int(post_id) >> 22) + 1_288_834_974_657


def post_of_v2(payload: dict[str, Any]) -> Post:
    """What a recorded X v2 payload says, by plain dictionary look-ups."""
    data = payload["data"]
    (author,) = [
        user for user in payload["includes"]["users"] if user["id"] == data["author_id"]
    ] or [{}]
    said = data.get("entities", {})
    metrics = author.get("public_metrics", {})
    first_id = (data.get("edit_history_tweet_ids") or [data["id"]])[0]
    made = as_ms(datetime.strptime(data["created_at"], "%Y-%m-%dT%H:%M:%S.%f%z"))
    is_edit = first_id != data["id"]
    return Post(
        post_id=data["id"],
        created_at_ms=min(made, id_ms(first_id) // 1_000 * 1_000) if is_edit else made,
        user_id=data["author_id"],
        username=author.get("username"),
        username_original=author.get("username"),
        display_name=author.get("name"),
        nb_friends=metrics.get("following_count"),
        nb_followers=metrics.get("followers_count"),
        lang=data.get("lang"),
        op="update" if is_edit else "create",
        is_repost="retweeted"
        in [reference["type"] for reference in data.get("referenced_tweets") or []],
        hashtags=tuple(distinct_hashtags(hashtag["tag"] for hashtag in said.get("hashtags", []))),
        nb_mentions=len(said.get("mentions", [])),
        nb_links=len(said.get("urls", [])),
        version_ms=id_ms(data["id"]) if is_edit else None,
        first_id=first_id if is_edit else None,
        text=data.get("note_tweet", {}).get("text", data["text"]),
    )


def post_of_v1(tweet: dict[str, Any]) -> Post:
    """What a recorded X v1.1 tweet says, by plain dictionary look-ups."""
    whole = tweet.get("retweeted_status", tweet)
    said = whole.get("extended_tweet", whole)["entities"]
    return Post(
        post_id=tweet["id_str"],
        created_at_ms=as_ms(datetime.strptime(tweet["created_at"], "%a %b %d %H:%M:%S %z %Y")),
        user_id=tweet["user"]["id_str"],
        username=tweet["user"]["screen_name"],
        username_original=tweet["user"]["screen_name"],
        display_name=tweet["user"]["name"],
        nb_friends=tweet["user"]["friends_count"],
        nb_followers=tweet["user"]["followers_count"],
        lang=tweet["lang"],
        op="create",
        is_repost="retweeted_status" in tweet,
        hashtags=tuple(distinct_hashtags(hashtag["text"] for hashtag in said["hashtags"])),
        nb_mentions=len(said["user_mentions"]),
        nb_links=len(said["urls"]),
        text=tweet.get("extended_tweet", tweet).get("full_text", tweet.get("text")),
    )


@pytest.mark.parametrize(
    ("name", "post_of", "number"),
    [("x_v2", post_of_v2, 700), ("x_v1_stream", post_of_v1, 72), ("x_v1_search", post_of_v1, 100)],
)
def test_every_recorded_payload_is_the_post_that_it_says_it_is(
    name: str, post_of: Any, number: int
) -> None:
    payloads = list(recorded_lines(name))

    decoded = [decode_x(payload) for payload in payloads]

    assert len(payloads) == number
    assert decoded == [post_of(json.loads(payload)) for payload in payloads]
