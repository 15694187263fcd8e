from typing import Any

import msgspec
import pytest
from bluesky_payloads import (
    DID,
    POST,
    REPOST,
    TIME_US,
    account,
    commit,
    deleted,
    facet,
    identity,
    profile,
    record,
    repost,
    without_none,
)
from payloads import Json, as_ascii, as_bytes

from spark_jobs.decode.bluesky import decode_bluesky
from spark_jobs.decode.post import Account, AccountState, Ignored, Post, Profile, Rejected
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason

WHOLE = Post(
    post_id=f"at://{DID}/{POST}/3kmadeup00001",
    created_at_ms=TIME_US // 1_000,
    user_id=DID,
    username=None,
    username_original=None,
    display_name=None,
    nb_friends=None,
    nb_followers=None,
    lang="en",
    op="create",
    is_repost=False,
    hashtags=(),
    nb_mentions=0,
    nb_links=0,
    version_ms=TIME_US // 1_000,
    text="made up",
)
REPOSTED = msgspec.structs.replace(
    WHOLE, post_id=f"at://{DID}/{REPOST}/3kmadeup00001", is_repost=True, lang=None, text=None
)
ANA = Profile(
    user_id=DID,
    username="ana.example.org",
    username_original="ana.example.org",
    display_name="Ana Lima",
    nb_friends=120,
    nb_followers=310,
)


def decoded(payload: Any) -> Post | Profile | Account | Rejected | Ignored:
    return decode_bluesky(as_bytes(payload))


def post(**columns: Any) -> Post:
    return msgspec.structs.replace(WHOLE, **columns)


def gone(deleted_post: Post) -> Post:
    """Return the delete of a post: when it came and the id are all that is known."""
    nothing = {
        "op": "delete",
        "created_at_ms": 0,
        "user_id": None,
        "lang": None,
        "is_repost": False,
        "text": None,
    }
    return msgspec.structs.replace(deleted_post, **nothing)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (commit(), WHOLE),
        (commit(operation="update"), post(op="update")),
        (deleted(), gone(WHOLE)),
        (repost(), REPOSTED),
        (repost(operation="delete", record=None), gone(REPOSTED)),
        (commit(rev=None, cid=None), WHOLE),
        (commit() | {"cursor": 24_664_288_882}, WHOLE),
        (commit(time_us=str(TIME_US)), WHOLE),
        (commit(record=record(createdAt="1185-04-01T00:00:00Z")), WHOLE),
        (commit(record=record(createdAt=7, text=None)), post(text=None)),
    ],
)
def test_a_change_of_a_post_has_the_columns_of_its_record_and_the_time_of_the_host(
    payload: Json, expected: Post
) -> None:
    assert decoded(payload) == expected


CARD = {
    "$type": "app.bsky.embed.external",
    "external": {"uri": "https://a.example", "title": "", "description": ""},
}
PICTURES = {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": {}}]}


@pytest.mark.parametrize(
    ("said", "columns"),
    [
        (record(hashtags=["Kafka", "été"]), {"hashtags": ("Kafka", "été")}),
        (record(hashtags=["b", "a", "b"], tags=["c", "a", "A", ""]), {"hashtags": ("b", "a", "c")}),
        (record(hashtags=["#Tide", "tide ", "＃ＴＩＤＥ", "#"]), {"hashtags": ("Tide",)}),
        (record(tags=["not in the text"]), {"hashtags": ("not in the text",)}),
        (record(langs=["pt-BR", "en"]), {"lang": "pt-BR"}),
        (record(langs=[]), {"lang": None}),
        (record(langs=["", "en"]), {}),
        (record(langs=None, facets=None, tags=None, embed=None), {"lang": None}),
        (record() | {"langs": {}, "facets": {}, "tags": {}}, {"lang": None}),
        (record(facets=[facet(kind="mention", did=DID), facet(kind="mention", did=DID)]), {"nb_mentions": 2}),
        (record(facets=[facet(kind="link", uri="https://a.example")]), {"nb_links": 1}),
        (record(facets=[facet(kind="link", uri="https://a.example")], embed=CARD), {"nb_links": 1}),
        (record(facets=[facet(kind="link", uri="https://b.example")], embed=CARD), {"nb_links": 2}),
        (record(embed=CARD), {"nb_links": 1}),
        (record(embed={"$type": "app.bsky.embed.recordWithMedia", "record": {}, "media": CARD}), {"nb_links": 1}),
        (record(embed=PICTURES), {}),
        (record(embed={"$type": "org.example.own", "external": "?", "media": [1]}), {}),
        (record(embed={"external": {"uri": 7}, "media": {"external": {"uri": ""}}}), {}),
        (record(facets=[facet(kind="own", tag="no", uri=3), {"features": None}, {}, {"features": [{}]}]), {}),
        (record(facets=[facet(kind="tag", tag=["x"]), facet(kind="tag", tag=""), facet(kind="tag")]), {}),
        (record(reply={"root": {}, "parent": {}}), {}),
    ],
)  # fmt: skip
def test_hashtags_links_and_mentions_are_those_that_the_author_marked(
    said: Json, columns: Json
) -> None:
    assert decoded(commit(record=said)) == post(text=said["text"], **columns)


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({}, {}),
        ({"displayName": None}, {"display_name": None}),
        ({"displayName": ""}, {"display_name": None}),
        ({"displayName": "🔥 Ana 🔥"}, {"display_name": "🔥 Ana 🔥"}),
        ({"followsCount": 0, "followersCount": None}, {"nb_friends": 0, "nb_followers": None}),
        ({"handle": "handle.invalid"}, {"username": "Ana Lima", "username_original": "Ana Lima"}),
        (
            {"handle": "handle.invalid", "displayName": None},
            {"username": None, "username_original": None, "display_name": None},
        ),
    ],
)
def test_a_profile_is_what_was_answered_and_what_is_not_told_is_unknown(
    changes: Json, columns: Json
) -> None:
    assert decoded(profile(**changes)) == msgspec.structs.replace(ANA, **columns)


def test_an_identity_tells_the_handle_and_nothing_else() -> None:
    at_ms = TIME_US // 1_000

    assert decoded(identity(handle="new.example.org")) == Profile(
        DID, "new.example.org", "new.example.org", None, None, None, seen_at_ms=at_ms
    )


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (identity(), "identity without a handle"),
        (identity(handle=""), "identity without a handle"),
        (identity(handle="handle.invalid"), "identity without a handle"),
        (account(active=False, status="throttled"), "account throttled or desynchronized"),
        (account(active=False, status="desynchronized"), "account throttled or desynchronized"),
        # An odd field does not hide all that an author wrote.
        (account() | {"account": {"did": DID}}, "account without a state"),
        (account() | {"account": {"did": DID, "active": "no"}}, "account without a state"),
        (commit(collection="app.bsky.feed.like"), "collection app.bsky.feed.like"),
        (
            commit(collection="org.example.own", record={"facets": 7, "langs": "x"}),
            "collection org.example.own",
        ),
    ],
)
def test_what_is_as_it_should_be_and_has_nothing_for_the_tables_is_ignored(
    payload: Json, why: str
) -> None:
    assert decoded(payload) == Ignored(why)


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        (account(), AccountState.ACTIVE),
        (account(status="deleted"), AccountState.ACTIVE),
        (account(active=False, status="deleted"), AccountState.DELETED),
        (account(active=False, status="takendown"), AccountState.HIDDEN),
        (account(active=False, status="suspended"), AccountState.HIDDEN),
        (account(active=False, status="deactivated"), AccountState.HIDDEN),
        # A state that may come one day, and one that is not told: the posts can come back, so they
        # are not deleted.
        (account(active=False, status="somewhere else"), AccountState.HIDDEN),
        (account(active=False), AccountState.HIDDEN),
        (account(active=False, status=7), AccountState.HIDDEN),
        (account() | {"account": {"did": DID, "status": "deleted"}}, AccountState.DELETED),
    ],
)
def test_an_account_that_goes_or_comes_back_says_so_with_the_time_of_the_host(
    payload: Json, state: AccountState
) -> None:
    assert decoded(payload) == Account(DID, state, TIME_US // 1_000)


@pytest.mark.parametrize(
    ("said", "columns", "odd"),
    [
        (record(langs=["en", 7]), {}, Oddity.BAD_TYPE),
        (record(langs=[7, "pt"]), {"lang": "pt"}, Oddity.BAD_TYPE),
        (record(langs="en"), {"lang": None}, Oddity.BAD_TYPE),
        (record(langs=["x" * 36]), {"lang": None}, Oddity.TOO_LONG),
        (record(tags=[None, "a"]), {"hashtags": ("a",)}, Oddity.BAD_TYPE),
        (record(tags=[{"tag": "b"}, "a"]), {"hashtags": ("a",)}, Oddity.BAD_TYPE),
        (record(hashtags=["a"]) | {"tags": "b"}, {"hashtags": ("a",)}, Oddity.BAD_TYPE),
        (record(facets=["x", facet(kind="tag", tag="a")]), {"hashtags": ("a",)}, Oddity.BAD_TYPE),
        (record(embed=[]), {}, Oddity.BAD_TYPE),
        (record(hashtags=["x" * 256, "a"]), {"hashtags": ("a",)}, Oddity.BAD_HASHTAG),
        (record(hashtags=["a\x1fb", "a"]), {"hashtags": ("a",)}, Oddity.BAD_HASHTAG),
        (record(tags=[f"t{n}" for n in range(101)]), {"hashtags": tuple(f"t{n}" for n in range(100))},
            Oddity.MANY_HASHTAGS),
        (record(hashtags=["a\ud83c"]), {"hashtags": ("a\ufffd",)}, Oddity.LONE_SURROGATE),
        (record(hashtags=["a"]) | {"text": "cut \ud83c"}, {"hashtags": ("a",)}, Oddity.LONE_SURROGATE),
    ],
)  # fmt: skip
def test_a_post_with_an_odd_field_is_stored_without_it_and_the_oddity_is_told(
    said: Json, columns: Json, odd: Oddity
) -> None:
    assert decode_bluesky(as_ascii(commit(record=said))) == post(
        **columns, text=said["text"].replace("\ud83c", "\ufffd"), odd=frozenset({odd})
    )


@pytest.mark.parametrize(
    ("payload", "columns", "odd"),
    [
        (profile(displayName="x" * 256), {"display_name": None}, Oddity.TOO_LONG),
        (profile(displayName=["Ana"]), {"display_name": None}, Oddity.BAD_TYPE),
        (
            profile(displayName="Ana \udc9b Lima"),
            {"display_name": "Ana \ufffd Lima"},
            Oddity.LONE_SURROGATE,
        ),
        (profile(followersCount=-1), {"nb_followers": None}, Oddity.BAD_COUNT),
        (profile(followsCount="many"), {"nb_friends": None}, Oddity.BAD_COUNT),
        (profile(followsCount=[]), {"nb_friends": None}, Oddity.BAD_TYPE),
    ],
)
def test_a_profile_with_an_odd_field_is_stored_without_it(
    payload: Json, columns: Json, odd: Oddity
) -> None:
    assert decode_bluesky(as_ascii(payload)) == msgspec.structs.replace(
        ANA, **columns, odd=frozenset({odd})
    )


def test_a_handle_that_is_too_long_is_unknown() -> None:
    assert decoded(identity(handle="x" * 256)) == Profile(
        DID,
        None,
        None,
        None,
        None,
        None,
        seen_at_ms=TIME_US // 1_000,
        odd=frozenset({Oddity.TOO_LONG}),
    )


@pytest.mark.parametrize(
    ("payload", "reason", "detail"),
    [
        ({}, Reason.NOT_A_POST, None),
        ([], Reason.NOT_A_POST, "array"),
        ({"did": DID, "time_us": TIME_US}, Reason.NOT_A_POST, None),
        ({"did": DID, "time_us": TIME_US, "kind": "commit"}, Reason.NOT_A_POST, "kind commit"),
        (
            {"did": DID, "time_us": TIME_US, "kind": "info", "info": {}},
            Reason.NOT_A_POST,
            "kind info",
        ),
        (commit(did=None), Reason.NO_ID, "no did"),
        (commit(did=""), Reason.NO_ID, "no did"),
        (commit(rkey=""), Reason.NO_ID, "no rkey"),
        (commit(collection=None), Reason.NO_ID, "no collection"),
        (without_none(profile() | {"did": None}), Reason.NO_ID, "no did"),
        (commit(time_us=None), Reason.NO_CREATED_AT, None),
        (commit(time_us=-1), Reason.BAD_CREATED_AT, "-1 ms"),
        (commit(time_us=10**30), Reason.BAD_CREATED_AT, "outside"),
        (commit(time_us="soon"), Reason.BAD_FIELD, "$.time_us"),
        (commit(operation="merge"), Reason.BAD_FIELD, "commit.operation is merge"),
        (commit(operation=None), Reason.BAD_FIELD, "commit.operation"),
        (commit(record=None), Reason.BAD_FIELD, "commit.record is missing"),
        (commit(record=[]), Reason.BAD_FIELD, "commit.record: "),
        (commit(record="post"), Reason.BAD_FIELD, "commit.record: "),
        (commit(did=7), Reason.NO_ID, "no did"),
        (commit(rkey="x" * 250), Reason.TOO_LONG, "post_id"),
        (deleted("x" * 250), Reason.TOO_LONG, "post_id"),
        (profile(did="did:plc:" + "x" * 250), Reason.TOO_LONG, "did"),
        (identity(did="did:plc:" + "x" * 250, handle="a.example"), Reason.TOO_LONG, "did"),
        (account(did="did:plc:" + "x" * 250), Reason.TOO_LONG, "did"),
    ],
)
def test_what_cannot_be_a_row_has_a_reason(
    payload: Any, reason: Reason, detail: str | None
) -> None:
    outcome = decoded(payload)

    assert isinstance(outcome, Rejected)
    assert outcome.reason is reason
    assert detail is None or detail in str(outcome.detail)
