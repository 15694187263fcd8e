from typing import Any

import pytest

from spark_jobs.decode.checks import (
    LANG_LIMIT,
    TEXT_LIMIT,
    Id,
    deleted_post,
    text_of,
    validate_post,
)
from spark_jobs.decode.post import Post, Rejected
from tidemark.contracts.oddities import Oddity
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
    assert validate_post(**KNOWN) == POST


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ({"handle": None}, {"username": "Ana", "username_original": "Ana 🎸"}),
        ({"handle": ""}, {"username": "Ana", "username_original": "Ana 🎸"}),
        (
            {"handle": None, "name": "🎸"},
            {"username": "No name", "username_original": "🎸", "display_name": "🎸"},
        ),
        (
            {"handle": None, "name": None},
            {"username": None, "username_original": None, "display_name": None},
        ),
        ({"friends": None, "followers": None}, {"nb_friends": None, "nb_followers": None}),
        ({"friends": 0, "followers": 0.0}, {"nb_friends": 0, "nb_followers": 0}),
        ({"friends": 12.0}, {"nb_friends": 12}),
        ({"friends": 2**63 - 1}, {"nb_friends": 2**63 - 1}),
        ({"post_id": "9" * TEXT_LIMIT}, {"post_id": "9" * TEXT_LIMIT}),
        ({"hashtags": ["語" * TEXT_LIMIT]}, {"hashtags": ("語" * TEXT_LIMIT,)}),
        ({"lang": "x" * LANG_LIMIT}, {"lang": "x" * LANG_LIMIT}),
        ({"first_id": "8999"}, {"first_id": "8999"}),
        ({"friends": "12", "followers": " 7 "}, {"nb_friends": 12, "nb_followers": 7}),
    ],
)
def test_what_is_not_known_stays_unknown_and_what_just_fits_stays_whole(
    change: dict[str, Any], columns: dict[str, Any]
) -> None:
    assert validate_post(**KNOWN | change) == changed(**columns)


def test_a_post_whose_id_is_longer_than_its_column_is_rejected() -> None:
    assert validate_post(**KNOWN | {"post_id": "9" * 256}) == Rejected(
        Reason.TOO_LONG, "post_id has 256 characters, the column holds 255"
    )


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ({"user_id": "9" * 256}, {"user_id": None}),
        ({"handle": "é" * 256}, {"username": "Ana", "username_original": "Ana 🎸"}),
        ({"name": "é" * 256}, {"display_name": None}),
        (
            {"handle": None, "name": "é" * 256},
            {"username": None, "username_original": None, "display_name": None},
        ),
        ({"lang": "x" * 36}, {"lang": None}),
        ({"first_id": "9" * 256}, {}),
        ({"user_id": "9" * 256, "lang": "x" * 36}, {"user_id": None, "lang": None}),
    ],
)
def test_text_longer_than_its_column_is_unknown_and_the_post_is_stored(
    change: dict[str, Any], columns: dict[str, Any]
) -> None:
    assert validate_post(**KNOWN | change) == changed(**columns, odd={Oddity.TOO_LONG})


@pytest.mark.parametrize(
    "hashtag",
    [
        "é" * 256,
        # 128 characters, and a key of 256
        "ß" * 128,
        # one character, three in the key
        "ﬃ" * 86,
        # the control character that staged hashtags are joined by
        "a\x1fb",
        "\x1f",
        "b\x1f",
    ],
)
def test_a_hashtag_that_fits_no_column_is_left_out_beside_a_good_one(hashtag: str) -> None:
    expected = changed(hashtags=("fine",), odd={Oddity.BAD_HASHTAG})

    assert validate_post(**KNOWN | {"hashtags": [hashtag, "fine"]}) == expected


@pytest.mark.parametrize(
    "count",
    [
        -1,
        2**63,
        1.5,
        -0.5,
        1e300,
        float(2**63),
        float("inf"),
        10**400,
        "-1",
        "",
        "many",
        "1.5",
        str(2**63),
        "9" * 5_000,
    ],
)
@pytest.mark.parametrize(
    ("argument", "column"), [("friends", "nb_friends"), ("followers", "nb_followers")]
)
def test_a_count_that_is_none_is_unknown_and_the_post_is_stored(
    argument: str, column: str, count: float
) -> None:
    assert validate_post(**KNOWN | {argument: count}) == changed(
        **{column: None}, odd={Oddity.BAD_COUNT}
    )


def test_what_was_odd_before_is_told_with_what_is_found_here() -> None:
    odd = frozenset({Oddity.BAD_TYPE})
    found = validate_post(
        **KNOWN | {"friends": -1, "lang": "x" * 36, "hashtags": ["\x1f-\x1f-"], "odd": odd}
    )

    assert isinstance(found, Post)
    assert found.odd == {Oddity.BAD_TYPE, Oddity.BAD_COUNT, Oddity.TOO_LONG, Oddity.BAD_HASHTAG}


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ("501", "501"),
        (501, "501"),
        ("", None),
        (0, None),
        (None, None),
        ("0", "0"),
        (5.01e17, None),
        (501.0, None),
    ],
)
def test_an_id_is_text_however_it_was_sent_and_a_rounded_one_is_none(
    found: Id, text: str | None
) -> None:
    assert text_of(found) == text


def test_a_delete_knows_its_id_and_nothing_else() -> None:
    deleted = deleted_post("9001", version_ms=7)

    assert isinstance(deleted, Post)
    assert (deleted.op, deleted.key, deleted.version_ms, deleted.user_id) == (
        "delete",
        "9001",
        7,
        None,
    )
