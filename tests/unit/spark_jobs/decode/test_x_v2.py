from typing import Any

import msgspec
import pytest
from payloads import as_bytes, v2_hashtags, v2_post, v2_user

from spark_jobs.decode.post import Ignored, Post, Rejected
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
    text="made up #Kafka #été",
)


SECOND_VERSION = {"op": "update", "first_id": "8999", "version_ms": 9001}
"""Ids as small as this hold no time: they are in the order of their versions all the same."""


def post(**columns: Any) -> Post:
    return msgspec.structs.replace(WHOLE, **columns)


def decoded(**changes: Any) -> Post | Ignored | Rejected:
    return decode_x(as_bytes(v2_post(hashtags=("Kafka", "été"), **changes)))


def decoded_with(includes: Any) -> Post | Ignored | Rejected:
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
        ({"edit_history_tweet_ids": ["8999", "9001"]}, SECOND_VERSION),
        ({"edit_history_tweet_ids": [8999, 9001]}, SECOND_VERSION),
        ({"edit_history_tweet_ids": ["8999", "9000", "9001", "9002"]}, SECOND_VERSION),
        ({"edit_history_tweet_ids": None, "edit_history_post_ids": ["8999", "9001"]}, SECOND_VERSION),
        ({"edit_history_tweet_ids": ["9001", "9002"]}, {}),
        ({"edit_history_tweet_ids": [8.999e3, "9001"]}, {}),
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
        (
            entities(hashtags=v2_hashtags("A", "b"), mentions=[{"username": "x"}], urls=[{}, {}]),
            ("A", "b"),
            1,
            2,
        ),
        (entities(hashtags=v2_hashtags("A", "a", "b", "A")), ("A", "b"), 0, 0),
        (
            entities(hashtags=[{"start": 0, "end": 1}, {"tag": ""}, {"tag": None}, {"tag": "c"}]),
            ("c",),
            0,
            0,
        ),
        (entities(hashtags={}, mentions={}, urls={}), (), 0, 0),
        (entities(hashtags=None, mentions=None, urls=None), (), 0, 0),
        (entities(), (), 0, 0),
        ({"entities": None}, (), 0, 0),
        (
            {"note_tweet": {"text": "…", **entities(hashtags=v2_hashtags("whole"))}},
            ("whole",),
            0,
            0,
        ),
        ({"note_post": {"text": "…", **entities(hashtags=v2_hashtags("whole"))}}, ("whole",), 0, 0),
        ({"note_tweet": {"text": "…", **entities(urls=[{}])}}, (), 0, 1),
        ({"note_tweet": {"text": "…"}}, ("Kafka", "été"), 0, 0),
        ({"note_post": None}, ("Kafka", "été"), 0, 0),
    ],
)
def test_entities_are_those_of_the_whole_text_and_an_object_stands_for_an_empty_list(
    change: dict[str, Any], hashtags: tuple[str, ...], nb_mentions: int, nb_links: int
) -> None:
    notes = [change[name] for name in ("note_tweet", "note_post") if change.get(name)]
    text = notes[0]["text"] if notes else WHOLE.text

    assert decoded(**change) == post(
        hashtags=hashtags, nb_mentions=nb_mentions, nb_links=nb_links, text=text
    )


def snowflake(at_ms: int) -> str:
    """Return an id that X could have made then."""
    return str((at_ms - 1_288_834_974_657) << 22 | 5)


def test_an_edit_is_a_version_of_its_first_id_made_when_its_own_id_says() -> None:
    first_ms, edited_ms = 1_772_368_490_123, 1_772_368_900_456
    first, edit = snowflake(first_ms), snowflake(edited_ms)

    found = decode_x(as_bytes(v2_post(edit, edit_history_tweet_ids=[first, edit])))

    assert isinstance(found, Post)
    assert (found.post_id, found.first_id, found.key) == (edit, first, first)
    assert found.version_ms == edited_ms
    # As X tells times, in whole seconds.
    assert found.created_at_ms == 1_772_368_490_000


def test_an_edit_that_says_an_earlier_time_than_its_first_id_was_made_then() -> None:
    first, edit = snowflake(1_772_368_600_000), snowflake(1_772_368_900_000)

    found = decode_x(as_bytes(v2_post(edit, edit_history_tweet_ids=[first, edit])))

    assert isinstance(found, Post)
    assert found.created_at_ms == 1_772_368_496_789


@pytest.mark.parametrize(
    ("post_id", "version_ms"),
    [
        ("7112", 7112),
        (str(2**40 - 1), 2**40 - 1),
        (str(2**64), 1_288_834_974_657),
        ("b", 0),
        ("9" * 255, None),
    ],
)
def test_versions_whose_ids_have_no_time_are_in_the_order_of_their_ids(
    post_id: str, version_ms: int | None
) -> None:
    found = decode_x(as_bytes(v2_post(post_id, edit_history_tweet_ids=["1", post_id])))

    assert isinstance(found, Post)
    assert found.version_ms == (1_288_834_974_657 if version_ms is None else version_ms)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"note_tweet": {"text": "the whole"}}, "the whole"),
        ({"note_post": {"text": "the whole"}}, "the whole"),
        ({"note_tweet": {"text": ""}}, "cut"),
        ({"note_tweet": {}}, "cut"),
        ({"note_tweet": {"text": "x" * 25_000}}, "x" * 25_000),
        ({"note_tweet": {"text": "x" * 32_769}}, "x" * 32_768),
        ({"text": None}, None),
        ({"text": ["odd"]}, None),
        ({"text": 7, "note_tweet": {"text": "the whole"}}, "the whole"),
        ({"note_tweet": {"text": {}}}, "cut"),
        ({"text": "a\x00b\x1f\u202e<b>&amp;🌊"}, "a\x00b\x1f\u202e<b>&amp;🌊"),
    ],
)
def test_a_text_is_the_note_s_where_there_is_one(changes: dict[str, Any], text: str | None) -> None:
    found = decode_x(as_bytes(v2_post(**{"text": "cut"} | changes)))

    assert isinstance(found, Post)
    assert found.text == text


WHOLE_TEXT: dict[str, Any] = {
    "entities": {"hashtags": v2_hashtags("Whole", "Original"), "urls": [{}]}
}
CUT: dict[str, Any] = {"referenced_tweets": [{"type": "retweeted", "id": "77"}]}


@pytest.mark.parametrize(
    "payload",
    [
        v2_post(hashtags=["Who"], **CUT)
        | {"includes": {"users": [v2_user()], "tweets": [{"id": "77", **WHOLE_TEXT}]}},
        v2_post(hashtags=["Who"], **CUT)
        | {"includes": {"users": [v2_user()], "posts": [{"id": 77, **WHOLE_TEXT}]}},
        v2_post(hashtags=["Who"], **CUT)
        | {
            "includes": {
                "users": [v2_user()],
                "tweets": [{"id": "78"}, {"id": "77", "note_tweet": WHOLE_TEXT}],
            }
        },
        # As `twarc2 flatten` writes it.
        v2_post(
            referenced_tweets=[
                {"type": "replied_to"},
                {"type": "retweeted", "id": "77", **WHOLE_TEXT},
            ]
        ),
    ],
)
def test_a_repost_has_the_hashtags_and_links_of_its_original_where_that_came_along(
    payload: dict[str, Any],
) -> None:
    assert decode_x(as_bytes(payload)) == post(
        is_repost=True,
        hashtags=("Whole", "Original"),
        nb_links=1,
        text=payload["data"]["text"],  # as it was sent, cut
    )


@pytest.mark.parametrize(
    "includes",
    [
        {},
        {"tweets": []},
        {"tweets": {}},
        {"tweets": [{"id": "78", **WHOLE_TEXT}]},
        {"tweets": [WHOLE_TEXT]},
    ],
)
def test_a_repost_whose_original_did_not_come_along_has_the_hashtags_of_its_own(
    includes: dict[str, Any],
) -> None:
    payload = v2_post(hashtags=["Kafka", "été"], **CUT) | {
        "includes": {"users": [v2_user()], **includes}
    }

    assert decode_x(as_bytes(payload)) == post(is_repost=True)


def test_a_quote_has_the_hashtags_of_its_own() -> None:
    quoted = {"referenced_tweets": [{"type": "quoted", "id": "77", **WHOLE_TEXT}]}

    assert decoded(**quoted) == WHOLE


NOBODY = dict.fromkeys(
    ["username", "username_original", "display_name", "nb_friends", "nb_followers"]
)


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
        (
            {"users": [v2_user(public_metrics={"following_count": 0})]},
            {"nb_friends": 0, "nb_followers": None},
        ),
        (
            {"users": [v2_user(public_metrics={"followers_count": 7.0})]},
            {"nb_friends": None, "nb_followers": 7},
        ),
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
