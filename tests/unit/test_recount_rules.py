"""The recounts of the end-to-end tests follow the rules that the tables must follow, whatever the
order."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from bluesky_payloads import DID, POST, TIME_US, account, commit, deleted, record
from e2e import recompute_live
from e2e.recompute import recompute
from e2e.x_posts import distinct_hashtags, hashtag_key
from mastodon_payloads import id_of, status
from payloads import Json, as_bytes, v1_tweet, v2_post, v2_user

AT = datetime(2026, 3, 1, 12, 34, 56, 789_000)
SECOND_US = 1_000_000


def orders(payloads: Sequence[Any]) -> Sequence[list[bytes]]:
    return [[as_bytes(payload) for payload in order] for order in itertools.permutations(payloads)]


def test_an_edited_post_of_x_is_one_post_under_its_first_id_with_what_its_last_version_says() -> (
    None
):
    made_ms = 1_772_368_496_100
    ids = [str((made_ms + minute * 60_000 - 1_288_834_974_657) << 22) for minute in range(3)]
    versions = [
        v2_post(ids[at], hashtags=[f"t{at}"], edit_history_tweet_ids=ids[: at + 1])
        for at in range(3)
    ]
    newest = v2_user(username="ana_new")
    versions[2] |= {"includes": {"users": [newest]}}

    for payloads in orders(versions):
        found = recompute(payloads)

        # X tells the time of an edit in whole seconds, and its first id tells when the post was
        # made.
        assert found["posts"] == [
            ("x", ids[0], AT.replace(microsecond=0), "501", "en", "update", 0, 1, 0, 0)
        ]
        assert [row[3] for row in found["hashtags"]] == ["t2"]
        ((_, _, username, *_, posts, _, _, told_at, _),) = found["users"]
        assert (username, posts, told_at) == (
            "ana_new",
            1,
            AT.replace(microsecond=100_000) + timedelta(minutes=2),
        )


def test_a_deleted_post_stays_deleted_and_notices_are_neither_posts_nor_rejected() -> None:
    notice = {"delete": {"status": {"id": 9001, "id_str": "9001"}}}

    for payloads in orders([v1_tweet(9001), notice, {"limit": {"track": 7}}, v1_tweet(9002)]):
        found = recompute(payloads, arrivals=[AT + timedelta(days=1)] * 4)

        assert [row[1:6] for row in found["posts"]] == [
            ("9001", AT + timedelta(days=1), None, None, "delete"),
            ("9002", AT.replace(microsecond=0), "501", "en", "create"),
        ]
        assert [row[7] for row in found["users"]] == [1]


def test_of_copies_the_one_that_knows_its_author_stands_then_the_first() -> None:
    nobody = v2_post(hashtags=["nobody"], author_id=None)
    known, late = v2_post(hashtags=["known"]), v2_post(hashtags=["late"])

    found = recompute([as_bytes(copy) for copy in (nobody, known, late)])

    assert [row[3] for row in found["hashtags"]] == ["known"]


def test_no_instant_is_later_than_five_minutes_after_its_arrival_and_no_count_is_one_that_is_none() -> (
    None
):
    user = v2_user(public_metrics={"following_count": -1, "followers_count": "7"})
    post = v2_post(created_at="2031-01-01T00:00:00Z") | {"includes": {"users": [user]}}

    found = recompute([as_bytes(post)], arrivals=[AT])

    assert found["posts"][0][2] == AT + timedelta(minutes=5)
    assert found["users"][0][5:7] == (None, 7)


@pytest.mark.parametrize(
    ("events", "left", "users"),
    [
        ([account(active=False, status="deleted", time_us=TIME_US)], {"2"}, {DID}),
        ([account(active=False, status="deleted", time_us=TIME_US + 9 * SECOND_US)], set(), set()),
        ([account(active=False, status="takendown")], set(), set()),
        ([account(active=False, status="throttled")], {"1", "2"}, {DID}),
        ([account(active=False, time_us=TIME_US), account(time_us=TIME_US + 1)], {"1", "2"}, {DID}),
        (
            [
                account(active=False, status="deleted", time_us=TIME_US),
                account(time_us=TIME_US + SECOND_US),
            ],
            {"2"},
            {DID},
        ),
    ],
)
def test_what_an_account_wrote_goes_with_it(
    events: list[Json], left: set[str], users: set[str]
) -> None:
    posts = [
        commit("1", record=record(hashtags=["a"])),
        commit("2", time_us=TIME_US + 2 * SECOND_US, record=record(hashtags=["b"])),
    ]
    for messages in orders([*posts, *events]):
        found = recompute_live.bluesky(messages, {})

        assert {row[0] for row in found["posts"]} == {f"at://{DID}/{POST}/{rkey}" for rkey in left}
        assert {row[0] for row in found["users"]} == users
        assert len(found["hashtags"]) == len(found["hashtag_minutes"]) == len(left)


def test_the_newest_version_stands_and_a_delete_is_final_on_bluesky_and_mastodon() -> None:
    later = TIME_US + 60 * SECOND_US
    edit = commit("1", operation="update", time_us=later, record=record(hashtags=["b", "B"]))
    for messages in orders(
        [commit("1", record=record(hashtags=["a"])), edit, deleted("2"), commit("2")]
    ):
        found = recompute_live.bluesky(messages, {})
        assert [row[1:3] + row[6:] for row in found["posts"]] == [("update", AT, 1)]
        assert len(found["deleted"]) == 1

    edited = status(hashtags=["b"], edited_at="2026-03-01T12:05:00.250Z")
    for payloads in orders([status(hashtags=["a"]), edited, status(1), int(id_of(1))]):
        found = recompute_live.mastodon(payloads)
        assert [row[3] for row in found["hashtags"]] == ["b"]
        assert found["deleted"] == [(id_of(1),)]


def test_hashtags_of_a_post_are_distinct_by_key_and_those_that_fit_no_column_are_left_out() -> None:
    written = [
        " #Tide",
        "tide",
        "＃ＴＩＤＥ",
        "x" * 256,
        "a\x1fb",
        "#",
        "İzmir",
        *(f"t{n}" for n in range(200)),
    ]

    assert distinct_hashtags(written) == ["Tide", "İzmir", *(f"t{n}" for n in range(98))]
    assert hashtag_key("İzmir") == "izmir"
