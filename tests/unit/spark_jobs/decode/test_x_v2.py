from typing import Any

import msgspec
import pytest
from payloads import as_bytes, v2_hashtags, v2_post, v2_user

from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.x import decode_x

WHOLE = Post(
    post_id="9001",
    created_at_ms=1_772_368_496_789,
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
)


def post(**columns: Any) -> Post:
    return msgspec.structs.replace(WHOLE, **columns)


def decoded(**changes: Any) -> Post | Rejected:
    return decode_x(as_bytes(v2_post(hashtags=("Kafka", "été"), **changes)))


def decoded_with(includes: Any) -> Post | Rejected:
    return decode_x(as_bytes(v2_post(hashtags=("Kafka", "été")) | {"includes": includes}))


def entities(**lists: Any) -> dict[str, Any]:
    return {"entities": lists}


def test_a_post_has_the_columns_of_its_data_and_its_author() -> None:
    assert decoded() == WHOLE


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ({"id": 9001}, {}),
        ({"author_id": 501}, {}),
        ({"author_id": None}, {"user_id": None} | dict.fromkeys(
            ["username", "username_original", "display_name", "nb_friends", "nb_followers"])),
        ({"lang": None}, {"lang": None}),
        ({"created_at": "2026-03-01T12:34:56Z"}, {"created_at_ms": 1_772_368_496_000}),
        ({"created_at": "2026-03-01T13:34:56.789+01:00"}, {}),
        ({"edit_history_tweet_ids": ["8999", "9001"]}, {"op": "update"}),
        ({"edit_history_tweet_ids": [8999, 9001]}, {"op": "update"}),
        ({"edit_history_tweet_ids": None, "edit_history_post_ids": ["8999", "9001"]}, {"op": "update"}),
        ({"edit_history_tweet_ids": ["9001", "9002"]}, {}),
        ({"edit_history_tweet_ids": []}, {}),
        ({"edit_history_tweet_ids": {}}, {}),
        ({"referenced_tweets": [{"type": "retweeted", "id": "1"}]}, {"is_repost": True}),
        ({"referenced_posts": [{"type": "reposted", "id": "1"}]}, {"is_repost": True}),
        ({"referenced_posts": [{"type": "retweeted", "id": "1"}]}, {"is_repost": True}),
        ({"referenced_tweets": [{"type": "quoted", "id": "1"}, {"type": "replied_to", "id": "2"}]}, {}),
        ({"referenced_tweets": {}}, {}),
        ({"referenced_tweets": []}, {}),
        ({"referenced_tweets": [{}]}, {}),
    ],
)  # fmt: skip
def test_both_dialects_of_the_fields_are_read_and_what_is_missing_is_unknown(
    change: dict[str, Any], columns: dict[str, Any]
) -> None:
    assert decoded(**change) == post(**columns)


@pytest.mark.parametrize(
    ("change", "hashtags", "nb_mentions", "nb_links"),
    [
        (entities(hashtags=v2_hashtags("A", "b"), mentions=[{"username": "x"}], urls=[{}, {}]), ("A", "b"), 1, 2),
        (entities(hashtags=v2_hashtags("A", "a", "A")), ("A", "a", "A"), 0, 0),
        (entities(hashtags=[{"start": 0, "end": 1}, {"tag": ""}, {"tag": None}, {"tag": "c"}]), ("c",), 0, 0),
        (entities(hashtags={}, mentions={}, urls={}), (), 0, 0),
        (entities(hashtags=None, mentions=None, urls=None), (), 0, 0),
        (entities(), (), 0, 0),
        ({"entities": None}, (), 0, 0),
        ({"note_tweet": {"text": "…", **entities(hashtags=v2_hashtags("whole"))}}, ("whole",), 0, 0),
        ({"note_post": {"text": "…", **entities(hashtags=v2_hashtags("whole"))}}, ("whole",), 0, 0),
        ({"note_tweet": {"text": "…", **entities(urls=[{}])}}, (), 0, 1),
        ({"note_tweet": {"text": "…"}}, ("Kafka", "été"), 0, 0),
        ({"note_post": None}, ("Kafka", "été"), 0, 0),
    ],
)
def test_entities_are_those_of_the_whole_text_and_an_object_stands_for_an_empty_list(
    change: dict[str, Any], hashtags: tuple[str, ...], nb_mentions: int, nb_links: int
) -> None:
    assert decoded(**change) == post(hashtags=hashtags, nb_mentions=nb_mentions, nb_links=nb_links)


NOBODY = dict.fromkeys(["username", "username_original", "display_name", "nb_friends", "nb_followers"])


@pytest.mark.parametrize(
    ("includes", "columns"),
    [
        (None, NOBODY),
        ({}, NOBODY),
        ({"users": None}, NOBODY),
        ({"users": {}}, NOBODY),
        ({"users": []}, NOBODY),
        ({"users": [v2_user("777")]}, NOBODY),
        ({"users": [v2_user("777", username="other"), v2_user("501")]}, {}),
        ({"users": [v2_user("501") | {"id": 501}]}, {}),
        ({"users": [v2_user(public_metrics=None)]}, {"nb_friends": None, "nb_followers": None}),
        ({"users": [v2_user(public_metrics={})]}, {"nb_friends": None, "nb_followers": None}),
        ({"users": [v2_user(public_metrics={"following_count": 0})]}, {"nb_friends": 0, "nb_followers": None}),
        ({"users": [v2_user(public_metrics={"followers_count": 7.0})]}, {"nb_friends": None, "nb_followers": 7}),
        ({"users": [v2_user(name=None)]}, {"display_name": None}),
        ({"users": [v2_user(name="🔥 Ana 🔥")]}, {"display_name": "🔥 Ana 🔥"}),
        (
            {"users": [v2_user(username=None, name="🔥")]},
            {"username": "No name", "username_original": "🔥", "display_name": "🔥"},
        ),
        ({"users": [v2_user()], "tweets": [{"id": "1"}], "posts": [{"id": "1"}]}, {}),
    ],
)
def test_the_author_is_who_wrote_the_post_and_what_is_not_told_of_them_is_unknown(
    includes: Any, columns: dict[str, Any]
) -> None:
    assert decoded_with(includes) == post(**columns)
