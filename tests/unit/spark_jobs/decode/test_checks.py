from typing import Any

import pytest

from spark_jobs.decode.checks import LANG_LIMIT, TEXT_LIMIT, checked_post, text_of
from spark_jobs.decode.post import Post, Rejected
from tidemark.contracts.reasons import Reason

KNOWN: dict[str, Any] = {
    "post_id": "9001",
    "created_at_ms": 1_772_368_496_789,
    "user_id": "501",
    "handle": "ana_lima",
    "name": "Ana 🎸",
    "friends": 120,
    "followers": 310,
    "lang": "en",
    "op": "create",
    "is_repost": False,
    "hashtags": ["Kafka", "été"],
    "nb_mentions": 1,
    "nb_links": 2,
}
POST = Post(
    post_id="9001",
    created_at_ms=1_772_368_496_789,
    user_id="501",
    username="ana_lima",
    username_original="ana_lima",
    display_name="Ana 🎸",
    nb_friends=120,
    nb_followers=310,
    lang="en",
    op="create",
    is_repost=False,
    hashtags=("Kafka", "été"),
    nb_mentions=1,
    nb_links=2,
)


def changed(**changes: Any) -> Post:
    return Post(**({name: getattr(POST, name) for name in POST.__struct_fields__} | changes))


def test_what_fits_its_columns_is_a_post() -> None:
    assert checked_post(**KNOWN) == POST


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ({"handle": None}, {"username": "Ana", "username_original": "Ana 🎸"}),
        ({"handle": ""}, {"username": "Ana", "username_original": "Ana 🎸"}),
        ({"handle": None, "name": "🎸"}, {"username": "No name", "username_original": "🎸", "display_name": "🎸"}),
        ({"handle": None, "name": None}, {"username": None, "username_original": None, "display_name": None}),
        ({"friends": None, "followers": None}, {"nb_friends": None, "nb_followers": None}),
        ({"friends": 0, "followers": 0.0}, {"nb_friends": 0, "nb_followers": 0}),
        ({"friends": 12.0}, {"nb_friends": 12}),
        ({"friends": 2**63 - 1}, {"nb_friends": 2**63 - 1}),
        ({"post_id": "9" * TEXT_LIMIT}, {"post_id": "9" * TEXT_LIMIT}),
        ({"hashtags": ["語" * TEXT_LIMIT]}, {"hashtags": ("語" * TEXT_LIMIT,)}),
        ({"lang": "x" * LANG_LIMIT}, {"lang": "x" * LANG_LIMIT}),
    ],
)
def test_what_is_not_known_stays_unknown_and_what_just_fits_stays_whole(
    change: dict[str, Any], columns: dict[str, Any]
) -> None:
    assert checked_post(**KNOWN | change) == changed(**columns)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"post_id": "9" * 256}, "post_id"),
        ({"user_id": "9" * 256}, "user_id"),
        ({"handle": "é" * 256}, "username"),
        ({"name": "é" * 256}, "display_name"),
        ({"handle": None, "name": "é" * 256}, "username"),
        ({"hashtags": ["fine", "é" * 256]}, "hashtag"),
        # 128 characters, and a key of 256
        ({"hashtags": ["ß" * 128]}, "hashtag"),
        # one character, three in the key
        ({"hashtags": ["ﬃ" * 86]}, "hashtag"),
    ],
)
def test_text_longer_than_its_column_is_too_long_and_the_column_is_named(change: dict[str, Any], column: str) -> None:
    refused = checked_post(**KNOWN | change)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.TOO_LONG
    assert refused.detail is not None
    assert refused.detail.startswith(f"{column} has ")
    assert refused.detail.endswith("characters, the column holds 255")


def test_a_language_longer_than_its_column_is_too_long() -> None:
    assert checked_post(**KNOWN | {"lang": "x" * 36}) == Rejected(
        Reason.TOO_LONG, "lang has 36 characters, the column holds 35"
    )


@pytest.mark.parametrize("count", [-1, 2**63, 1.5, -0.5, 1e300, float(2**63), 10**400])
@pytest.mark.parametrize(("argument", "column"), [("friends", "nb_friends"), ("followers", "nb_followers")])
def test_a_count_that_is_none_is_out_of_range_and_named(argument: str, column: str, count: float) -> None:
    assert checked_post(**KNOWN | {argument: count}) == Rejected(Reason.OUT_OF_RANGE, f"{column} is {count}"[:255])


@pytest.mark.parametrize(
    ("found", "text"), [("501", "501"), (501, "501"), ("", None), (0, None), (None, None), ("0", "0")]
)
def test_an_id_is_text_however_it_was_sent(found: int | str | None, text: str | None) -> None:
    assert text_of(found) == text


def test_a_hashtag_with_the_separator_of_staged_texts_is_refused() -> None:
    assert checked_post(**KNOWN | {"hashtags": ["fine", "a\x1fb"]}) == Rejected(
        Reason.BAD_FIELD, "a hashtag has the control character U+001F in it"
    )
