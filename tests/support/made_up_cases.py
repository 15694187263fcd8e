"""The project's own cases of odd data: each kind of fault on every source that can have it."""

from collections.abc import Iterator
from typing import Any

import mastodon_payloads as mastodon
from bluesky_payloads import DID, TIME_US, account, commit, identity, profile, record
from edit_payloads import change
from mastodon_payloads import status
from odd_cases import LATEST, Case
from payloads import Json, as_ascii, v1_tweet, v1_user, v2_post, v2_user

BROKEN = "Kai \ud83c"
REPAIRED = "Kai \ufffd"
FUTURE = "2031-06-01T00:00:00.000Z"
FUTURE_US = 1_938_038_400_000_000
FLATTENED = v2_post(hashtags=["ebb"])["data"] | {"author": v2_user()}


def v2_by(user: Json, **changes: Any) -> Json:
    return v2_post(hashtags=["ebb"], **changes) | {"includes": {"users": [user]}}


def metrics(following: Any) -> Json:
    return {"public_metrics": {"following_count": following, "followers_count": 5}}


def post_with(source: str, *hashtags: str) -> Json:
    """Return a post of a source with these hashtags."""
    if source == "bluesky":
        return commit(record=record(hashtags=hashtags))
    return status(hashtags=hashtags) if source == "mastodon" else v2_post(hashtags=hashtags)


POST: Json = {"outcome": "post", "hashtags": ["ebb"]}
EDIT: Json = {"outcome": "edit", "edit_id": "e-1"}
UNKNOWN_FRIENDS = POST | {"nb_friends": None, "nb_followers": 5, "odd": ["bad_count"]}


def _recordings() -> Iterator[tuple[str, str, str, Json, Json]]:
    known = POST | {"post_id": "9001", "user_id": "501", "username": "ana_lima", "nb_friends": 120}
    yield "flattened", "1", "x", FLATTENED, known
    yield "flattened-without-author-id", "1", "x", FLATTENED | {"author_id": None}, known
    retweet = {"type": "retweeted", "id": "7", "entities": {"hashtags": [{"tag": "whole"}]}}
    yield (
        "flattened-repost",
        "1",
        "x",
        FLATTENED | {"referenced_tweets": [retweet]},
        {"hashtags": ["whole"]},
    )
    page = {"data": [v2_post()["data"]], "includes": {}, "meta": {"result_count": 1}}
    yield (
        "page-that-nobody-took-apart",
        "1",
        "x",
        page,
        {"outcome": "rejected", "reason": "not_a_post"},
    )


def _lone_surrogates() -> Iterator[tuple[str, str, str, Json, Json]]:
    named = POST | {"display_name": REPAIRED, "odd": ["lone_surrogate"]}
    yield "name-of-v2", "3", "x", v2_by(v2_user(name=BROKEN)), named
    yield "name-of-v1", "3", "x", v1_tweet(hashtags=["ebb"], user=v1_user(name=BROKEN)), named
    yield "name-flattened", "3", "x", FLATTENED | {"author": v2_user(name=BROKEN)}, named
    yield "full-text-of-v1", "3", "x", v1_tweet(hashtags=["ebb"], full_text=BROKEN), POST
    tag = {"hashtags": ["tide\ufffd"], "keys": ["tide\ufffd"], "odd": ["lone_surrogate"]}
    for source in ("x", "bluesky", "mastodon"):
        yield "hashtag", "3", source, post_with(source, "tide\udf0a"), tag
    yield (
        "name",
        "3",
        "mastodon",
        status(hashtags=["ebb"], account=mastodon.account(display_name=BROKEN)),
        named,
    )
    yield "text", "3", "bluesky", commit(record=record(hashtags=["ebb"]) | {"text": BROKEN}), POST
    yield (
        "name",
        "3",
        "bluesky",
        profile(displayName=BROKEN),
        {"outcome": "profile", "display_name": REPAIRED},
    )
    yield (
        "title",
        "3",
        "wikimedia",
        change(title=BROKEN),
        EDIT | {"title": REPAIRED, "bytes_added": 58},
    )
    yield "comment", "3", "wikimedia", change(comment=BROKEN), EDIT | {"odd": []}


def _counts() -> Iterator[tuple[str, str, str, Json, Json]]:
    for name, count in (
        ("minus-one", -1),
        ("fraction", 1.5),
        ("huge", 10**30),
        ("words", "many"),
        ("empty", ""),
    ):
        yield name, "4", "x", v2_by(v2_user(**metrics(count))), UNKNOWN_FRIENDS
        yield (
            f"{name}-flattened",
            "4",
            "x",
            FLATTENED | {"author": v2_user(**metrics(count))},
            UNKNOWN_FRIENDS,
        )
        user = v1_user(friends_count=count, followers_count=5)
        yield f"{name}-of-v1", "4", "x", v1_tweet(hashtags=["ebb"], user=user), UNKNOWN_FRIENDS
        author = mastodon.account(following_count=count, followers_count=5)
        yield name, "4", "mastodon", status(hashtags=["ebb"], account=author), UNKNOWN_FRIENDS
        told = {"outcome": "profile", "nb_friends": None, "nb_followers": 310, "odd": ["bad_count"]}
        yield name, "4", "bluesky", profile(followsCount=count), told
    unknown = EDIT | {"bytes_added": None, "bytes_removed": None, "odd": ["bad_count"]}
    yield "minus-one", "4", "wikimedia", change(length={"old": 7, "new": -1}), unknown
    yield "huge-before", "4", "wikimedia", change(length={"old": 2**40, "new": 7}), unknown


def _dates() -> Iterator[tuple[str, str, str, Json, Json]]:
    for name, date in (("empty", ""), ("words", "never"), ("zero", "0000-00-00T00:00:00Z")):
        never = POST | {"op": "create", "version_at": None, "odd": ["bad_date"]}
        yield f"edited-{name}", "5", "mastodon", status(hashtags=["ebb"], edited_at=date), never
        said = commit(record=record(hashtags=["ebb"], createdAt=date))
        yield (
            f"created-{name}",
            "5",
            "bluesky",
            said,
            POST | {"created_at": "2026-03-01 12:34:56.789", "odd": []},
        )
        yield (
            f"dt-{name}",
            "5",
            "wikimedia",
            change(dt=date),
            EDIT | {"created_at": "2026-03-01 12:34:56.000", "odd": ["bad_date"]},
        )
    noon = {"created_at": "2026-03-01 12:00:00.250"}
    without_zone = "2026-03-01T12:00:00.250"
    yield "without-zone", "5", "x", v2_post(created_at=without_zone), noon
    yield "without-zone-of-v1", "5", "x", v1_tweet(created_at=without_zone), noon
    yield "blank-for-t", "5", "x", v1_tweet(created_at="2026-03-01 12:00:00.250+00:00"), noon
    yield "without-zone", "5", "mastodon", status(created_at=without_zone), noon
    yield "without-zone", "5", "wikimedia", change(dt=without_zone), noon
    rejected = {"outcome": "rejected", "reason": "bad_created_at"}
    yield "created-empty", "5", "x", v2_post(created_at=""), rejected
    yield "created-empty", "5", "mastodon", status(created_at=""), rejected


def _future() -> Iterator[tuple[str, str, str, Json, Json]]:
    now = {"created_at": LATEST, "odd": ["future_date"]}
    yield "v2", "6", "x", v2_post(created_at=FUTURE), now
    yield "flattened", "6", "x", FLATTENED | {"created_at": FUTURE}, now
    yield "v1", "6", "x", v1_tweet(created_at="Sun Jun 01 00:00:00 +0000 2031"), now
    yield "post", "6", "bluesky", commit(time_us=FUTURE_US), now | {"version_at": LATEST}
    yield (
        "identity",
        "6",
        "bluesky",
        identity(handle="a.example", time_us=FUTURE_US),
        {"seen_at": LATEST},
    )
    yield (
        "account",
        "6",
        "bluesky",
        account(active=False, time_us=FUTURE_US),
        {"changed_at": LATEST},
    )
    yield "post", "6", "mastodon", status(created_at=FUTURE), now
    edited = {"created_at": "2026-03-01 12:00:00.000", "version_at": LATEST, "odd": ["future_date"]}
    yield "edit", "6", "mastodon", status(edited_at=FUTURE), edited
    yield "edit", "6", "wikimedia", change(dt=FUTURE), EDIT | now


def _hashtags() -> Iterator[tuple[str, str, str, Json, Json]]:
    long = "x" * 256
    for source in ("x", "bluesky", "mastodon"):
        for name, kind, hashtags, keys in (
            ("cherokee-and-runes", "7", ("ᏣᎳᎩ", "ᚠᚢᚦ"), ["ᏣᎳᎩ", "ᚠᚢᚦ"]),
            ("blanks", "8", (" tide", "tide\u00a0", "tide\u3000"), ["tide"]),
            ("nothing-but-blanks", "8", (" ", "\u3000", "ebb"), ["ebb"]),
            ("dotted-i", "9", ("İZMİR", "izmir", "Izmir"), ["izmir"]),
            ("signs", "10", ("#tide", "＃tide", "##tide", "﹟tide"), ["tide"]),
            ("a-sign-behind", "10", ("c#",), ["c#"]),
            ("too-long", "15", (long, "tide"), ["tide"]),
            ("control-character", "15", ("ti\x1fde", "tide"), ["tide"]),
            ("repeated", "26", ("tide", "ebb", "Tide", "TIDE", "ebb"), ["tide", "ebb"]),
            ("wide-and-half-wide", "27", ("ＴＩＤＥ", "tide", "ｶﾞ", "ガ"), ["tide", "ガ"]),
        ):
            yield (
                name,
                kind,
                source,
                post_with(source, *hashtags),
                {"outcome": "post", "keys": keys},
            )
    both = record(hashtags=["tide"], tags=["#Tide", "ebb"])
    yield "text-and-tags", "26", "bluesky", commit(record=both), {"hashtags": ["tide", "ebb"]}


def _too_long() -> Iterator[tuple[str, str, str, Json, Json]]:
    long = "x" * 256
    unnamed = POST | {"display_name": None, "odd": ["too_long"]}
    yield "name", "15", "x", v2_by(v2_user(name=long)), unnamed
    yield "name-of-v1", "15", "x", v1_tweet(hashtags=["ebb"], user=v1_user(name=long)), unnamed
    yield (
        "name",
        "15",
        "mastodon",
        status(hashtags=["ebb"], account=mastodon.account(display_name=long)),
        unnamed,
    )
    yield "language", "15", "x", v2_post(hashtags=["ebb"], lang=long), POST | {"lang": None}
    yield (
        "language",
        "15",
        "mastodon",
        status(hashtags=["ebb"], language=long),
        POST | {"lang": None},
    )
    yield (
        "language",
        "15",
        "bluesky",
        commit(record=record(hashtags=["ebb"], langs=[long])),
        POST | {"lang": None},
    )
    yield (
        "user",
        "15",
        "wikimedia",
        change(user=long),
        EDIT | {"user_name": None, "bytes_added": 58},
    )
    yield "id", "15", "x", v2_post(long), {"outcome": "rejected", "reason": "too_long"}


def _numbers() -> Iterator[tuple[str, str, str, Json, Json]]:
    known = POST | {"post_id": "9001", "nb_friends": 4, "nb_followers": 3, "odd": []}
    text: Json = {"friends_count": "4", "followers_count": "3"}
    yield "counts", "12", "x", v1_tweet(hashtags=["ebb"], user=v1_user(**text)), known
    floats: Json = {"friends_count": 4.0, "followers_count": 3.0, "id": 5.01e2}
    yield "floats", "12", "x", v1_tweet(hashtags=["ebb"], id=9.001e3, user=v1_user(**floats)), known
    whole: Json = {"public_metrics": {"following_count": "4", "followers_count": "3"}}
    yield "counts-of-v2", "12", "x", v2_by(v2_user(**whole), id=9001, author_id=501), known
    yield (
        "only-a-rounded-id",
        "12",
        "x",
        v1_tweet(id=9.9e17, id_str=None),
        {"outcome": "rejected", "reason": "no_id"},
    )
    author = mastodon.account(following_count="4", followers_count="3")
    yield "counts", "12", "mastodon", status(hashtags=["ebb"], id=9001, account=author), known
    yield (
        "counts",
        "12",
        "bluesky",
        profile(followsCount="4", followersCount="3"),
        {"nb_friends": 4, "nb_followers": 3},
    )
    yield (
        "time",
        "12",
        "bluesky",
        commit(time_us=str(TIME_US)),
        {"created_at": "2026-03-01 12:34:56.789"},
    )
    sizes = change(namespace="14", length={"old": "100", "new": "158"})
    yield "sizes", "12", "wikimedia", sizes, EDIT | {"namespace": 14, "bytes_added": 58, "odd": []}


def _versions() -> Iterator[tuple[str, str, str, Json, Json]]:
    third = v2_post("9003", hashtags=["ebb"], edit_history_tweet_ids=["9001", "9002", "9003"])
    told = POST | {
        "post_id": "9003",
        "key": "9001",
        "op": "update",
        "version_at": "1970-01-01 00:00:09.003",
    }
    yield "third-version", "11", "x", third, told
    yield "third-version-flattened", "11", "x", third["data"], told
    first = v2_post("9001", hashtags=["ebb"], edit_history_tweet_ids=["9001", "9002"])
    yield (
        "first-version",
        "11",
        "x",
        first,
        POST | {"key": "9001", "op": "create", "version_at": None},
    )
    for name, ids in (
        ("both", {"id": 7, "id_str": "7"}),
        ("number", {"id": 7}),
        ("text", {"id_str": "7"}),
    ):
        yield (
            f"delete-{name}",
            "17",
            "x",
            {"delete": {"status": ids}},
            {"outcome": "delete", "key": "7"},
        )
    yield (
        "delete-rounded",
        "17",
        "x",
        {"delete": {"status": {"id": 9.9e17}}},
        {"outcome": "rejected"},
    )
    for name in ("limit", "status_withheld", "user_withheld", "disconnect", "warning", "errors"):
        yield (
            name,
            "17",
            "x",
            {name: {"track": 7}},
            {"outcome": "ignored", "kind": f"notice_{name}"},
        )


def _accounts() -> Iterator[tuple[str, str, str, Json, Json]]:
    gone = {
        "outcome": "account",
        "user_id": DID,
        "state": "deleted",
        "changed_at": "2026-03-01 12:34:56.789",
    }
    yield "deleted", "18", "bluesky", account(active=False, status="deleted"), gone
    for name in ("takendown", "suspended", "deactivated"):
        yield (
            name,
            "18",
            "bluesky",
            account(active=False, status=name),
            {"outcome": "account", "state": "hidden"},
        )
    yield "active", "18", "bluesky", account(), {"outcome": "account", "state": "active"}
    for name in ("throttled", "desynchronized"):
        yield (
            name,
            "18",
            "bluesky",
            account(active=False, status=name),
            {"outcome": "ignored", "kind": None},
        )


def _types() -> Iterator[tuple[str, str, str, Json, Json]]:
    yield "number", "19", "wikimedia", change(type="7"), EDIT | {"type": "7", "odd": []}
    yield "name", "19", "wikimedia", change(type="wb.remote"), EDIT | {"type": "wb.remote"}
    yield (
        "too-long",
        "19",
        "wikimedia",
        change(type="x" * 17),
        EDIT | {"type": "other", "odd": ["too_long"]},
    )
    hidden = change(kind="log", user=None, title="Special:Log/block", namespace=-1)
    yield (
        "log",
        "19",
        "wikimedia",
        hidden,
        EDIT | {"user_name": None, "namespace": -1, "bytes_added": None},
    )
    yield (
        "none",
        "19",
        "wikimedia",
        change(type=None),
        {"outcome": "rejected", "reason": "not_an_edit"},
    )


_ALL = (
    *(_recordings, _lone_surrogates, _counts, _dates, _future, _hashtags),
    *(_too_long, _numbers, _versions, _accounts, _types),
)
MADE_UP = [
    Case(name, kind, source, as_ascii(payload), expect)
    for cases in _ALL
    for name, kind, source, payload, expect in cases()
]
