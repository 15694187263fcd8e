from typing import Any

import msgspec
import pytest
from payloads import as_bytes, v1_hashtags, v1_tweet, v1_user

from spark_jobs.decode.post import Ignored, Post, Rejected
from spark_jobs.decode.x import decode_x
from tidemark.contracts.oddities import Oddity

WHOLE = Post(
    post_id="9001",
    created_at_ms=1_772_368_496_000,
    user_id="501",
    username="ana_lima",
    username_original="ana_lima",
    display_name="Ana Lima",
    nb_friends=120,
    nb_followers=310,
    lang="en",
    op="create",
    is_repost=False,
    hashtags=("Kafka", "été"),
    nb_mentions=0,
    nb_links=0,
    text="made up #Kafka #été",
)
NOBODY = dict.fromkeys(
    ["username", "username_original", "display_name", "nb_friends", "nb_followers"]
)


def post(**columns: Any) -> Post:
    return msgspec.structs.replace(WHOLE, **columns)


def decoded(**changes: Any) -> Post | Ignored | Rejected:
    return decode_x(as_bytes(v1_tweet(hashtags=("Kafka", "été"), **changes)))


def entities(*tags: str, mentions: int = 0, links: int = 0) -> dict[str, Any]:
    return {
        "entities": {
            "hashtags": v1_hashtags(*tags),
            "user_mentions": [{}] * mentions,
            "urls": [{}] * links,
        }
    }


def test_a_tweet_has_the_columns_of_its_own_and_of_its_user() -> None:
    assert decoded() == WHOLE


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ({"id_str": None}, {}),
        ({"id": None}, {}),
        # JavaScript rounds an id of 64 bits; id_str is whole.
        ({"id": 505874924095815700, "id_str": "505874924095815681"}, {"post_id": "505874924095815681"}),
        # A dump that went through pandas has its large numbers rounded, and counts as text.
        ({"id": 9.001e3}, {}),
        ({"user": v1_user(id=5.01e2)}, {}),
        ({"user": v1_user(id=5.01e2, id_str=None)}, {"user_id": None}),
        ({"user": v1_user(friends_count="120", followers_count="310")}, {}),
        ({"created_at": "2026-03-01T12:34:56.000Z"}, {}),
        ({"created_at": "2026-03-01 12:34:56+00:00"}, {}),
        (
            {"created_at": "soon"},
            {"created_at_ms": 1_772_368_496_789, "odd": frozenset({Oddity.BAD_DATE})},
        ),
        ({"timestamp_ms": None}, {}),
        ({"created_at": None}, {"created_at_ms": 1_772_368_496_789}),
        ({"created_at": None, "timestamp_ms": 1_772_368_496_789}, {"created_at_ms": 1_772_368_496_789}),
        ({"lang": None}, {"lang": None}),
        ({"text": None, "full_text": "made up"}, {"text": "made up"}),
        ({"text": "cut", "full_text": "made up"}, {"text": "made up"}),
        ({"text": "cut", "extended_tweet": {"full_text": "made up"}}, {"text": "made up"}),
        ({"text": ["odd"], "full_text": "made up"}, {"text": "made up", "odd": frozenset({Oddity.BAD_TYPE})}),
        ({"user": None}, {"user_id": None, **NOBODY}),
        ({"user": {}}, {"user_id": None, **NOBODY}),
        ({"user": v1_user(id_str=None)}, {}),
        ({"user": v1_user(id=None)}, {}),
        ({"user": v1_user(friends_count=None, followers_count=None)}, {"nb_friends": None, "nb_followers": None}),
        ({"user": v1_user(friends_count=0, followers_count=12.0)}, {"nb_friends": 0, "nb_followers": 12}),
        ({"user": v1_user(name="🔥")}, {"display_name": "🔥"}),
        (
            {"user": v1_user(screen_name=None, name="🔥")},
            {"username": "No name", "username_original": "🔥", "display_name": "🔥"},
        ),
        ({"user": v1_user(screen_name=None, name=None)}, {"username": None} | NOBODY
            | {"nb_friends": 120, "nb_followers": 310}),
        ({"user": v1_user(screen_name="__ana__")}, {"username": "__ana__", "username_original": "__ana__"}),
        ({"quoted_status": {"id": 1, **entities("Other")}}, {}),
    ],
)  # fmt: skip
def test_ids_times_and_users_are_read_in_every_form_and_what_is_missing_is_unknown(
    change: dict[str, Any], columns: dict[str, Any]
) -> None:
    assert decoded(**change) == post(**columns)


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        (
            entities("A", "b", "a", mentions=2, links=1),
            {"hashtags": ("A", "b"), "nb_mentions": 2, "nb_links": 1},
        ),
        ({"entities": {}}, {"hashtags": ()}),
        ({"entities": None}, {"hashtags": ()}),
        ({"entities": {"hashtags": {}, "user_mentions": {}, "urls": {}}}, {"hashtags": ()}),
        (
            {"entities": {"hashtags": [{"indices": [0, 1]}, {"text": ""}, {"text": "c"}]}},
            {"hashtags": ("c",)},
        ),
        # A long tweet: what lies at the top is cut off at 140 characters.
        (
            {
                "truncated": True,
                "extended_tweet": {"full_text": "…", **entities("A", "b", "C", links=3)},
            },
            {"hashtags": ("A", "b", "C"), "nb_links": 3, "text": "…"},
        ),
        ({"extended_tweet": {"full_text": "…"}}, {"text": "…"}),
        ({"extended_tweet": None}, {}),
        # A retweet: its own hashtags are those that "RT @name: " has left room for.
        (
            {"retweeted_status": {"id": 1, **entities("Whole", "Original", mentions=1)}},
            {"is_repost": True, "hashtags": ("Whole", "Original"), "nb_mentions": 1},
        ),
        (
            {
                "retweeted_status": {
                    "id": 1,
                    **entities("Cut"),
                    "extended_tweet": entities("Whole", "Original"),
                }
            },
            {"is_repost": True, "hashtags": ("Whole", "Original")},
        ),
        ({"retweeted_status": {"id": 1, **entities()}}, {"is_repost": True, "hashtags": ()}),
    ],
)
def test_entities_are_those_of_the_whole_text_and_of_the_original(
    change: dict[str, Any], columns: dict[str, Any]
) -> None:
    assert decoded(**change) == post(**columns)
