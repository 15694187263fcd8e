"""Mastodon's statuses and deletes, made up and recorded."""

import base64
import json
import random
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hostile import hostile, is_strict_json
from html_reading import text_of_html
from mastodon_payloads import HASHTAG, LINK, MENTION, account, status
from outcomes import check_outcome
from payloads import as_ascii, as_bytes
from recordings import recorded_lines

from spark_jobs.decode.mastodon import decode_mastodon
from spark_jobs.decode.post import Post, Rejected
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason

CREATED_AT_MS = 1_772_366_400_000
POST = Post(
    post_id=status()["id"],
    created_at_ms=CREATED_AT_MS,
    user_id="https://made.up/users/ana",
    username="ana",
    username_original="ana",
    display_name="Ana Lima",
    nb_friends=120,
    nb_followers=310,
    lang="en",
    op="create",
    is_repost=False,
    hashtags=("Kafka", "été"),
    nb_mentions=0,
    nb_links=0,
    text="made up",
)


def decoded(**changes: Any) -> Post:
    post = decode_mastodon(as_bytes(status(**changes)))
    assert isinstance(post, Post)
    return post


def refused(payload: Any) -> Rejected:
    outcome = decode_mastodon(payload if isinstance(payload, bytes) else as_bytes(payload))
    assert isinstance(outcome, Rejected)
    return outcome


def test_a_status_is_a_post() -> None:
    assert decoded(hashtags=["Kafka", "été"]) == POST


def test_spark_hands_payloads_over_as_views() -> None:
    assert decode_mastodon(memoryview(as_bytes(status(hashtags=["Kafka", "été"])))) == POST
    assert decode_mastodon(memoryview(b"108914398911648589")) == decode_mastodon(
        b"108914398911648589"
    )


def test_an_edited_status_is_an_update_of_the_time_of_its_edit() -> None:
    edited = decoded(edited_at="2026-03-01T12:05:00.250Z")

    assert (edited.op, edited.version_ms, edited.created_at_ms) == (
        "update",
        CREATED_AT_MS + 300_250,
        CREATED_AT_MS,
    )


def test_a_reblog_has_the_hashtags_mentions_and_links_of_what_it_repeats() -> None:
    original = status(7, hashtags=["whole"], mentions=[{"acct": "bo"}], content=LINK)

    reblog = decoded(reblog=original, content="")

    assert (reblog.is_repost, reblog.hashtags, reblog.nb_mentions, reblog.nb_links) == (
        True,
        ("whole",),
        1,
        1,
    )
    assert reblog.post_id == POST.post_id


@pytest.mark.parametrize(
    ("content", "links"),
    [
        ("", 0),
        (None, 0),
        (f"<p>{LINK} {MENTION} {HASHTAG} {LINK}</p>", 2),
        ('<a class="hashtag" href="https://example.org/mention">#x</a>', 0),
        ("<a class='mention'>@x</a>", 0),
        ('<a href="https://example.org/?class=mention">x</a>', 1),
        ('<a href="https://example.org/hashtag/mention">x</a>', 1),
        ("<a ", 1),
        ("<abbr title='a'>a</abbr>", 0),
    ],
)
def test_links_are_anchors_that_are_neither_mention_nor_hashtag(
    content: str | None, links: int
) -> None:
    assert decoded(content=content).nb_links == links


@pytest.mark.parametrize(
    ("changes", "user_id"),
    [
        ({}, "https://made.up/users/ana"),
        ({"uri": None}, "https://made.up/@ana"),
        ({"uri": "", "url": ""}, "ana"),
        ({"uri": None, "url": None, "acct": None}, None),
    ],
)
def test_a_user_is_who_the_best_of_what_is_told_says(
    changes: dict[str, Any], user_id: str | None
) -> None:
    assert decoded(account=account(**changes)).user_id == user_id


def test_names_are_those_of_charts_and_unknown_is_none() -> None:
    shown = decoded(account=account("ana@elsewhere.example", display_name="🦣"))
    nobody = decoded(account={}, language=None, tags=None, mentions=None)

    assert (shown.username, shown.display_name) == ("ana@elsewhere.example", "🦣")
    assert (nobody.username, nobody.display_name, nobody.nb_friends, nobody.nb_followers) == (
        None,
        None,
        None,
        None,
    )
    assert (nobody.lang, nobody.hashtags, nobody.nb_mentions) == (None, (), 0)


@pytest.mark.parametrize(
    "payload",
    [
        b"108914398911648589",
        b'"108914398911648589"',
        b"01F8MH75CBF9JFX4ZAD54N0W0R",
        b'"AcX5kQ8hDx8SjLnqYK"',
    ],
)
def test_a_bare_id_is_a_delete_of_which_nothing_else_is_known(payload: bytes) -> None:
    assert decode_mastodon(payload) == Post(
        post_id=payload.decode().strip('"'),
        created_at_ms=0,
        user_id=None,
        username=None,
        username_original=None,
        display_name=None,
        nb_friends=None,
        nb_followers=None,
        lang=None,
        op="delete",
        is_repost=False,
        hashtags=(),
        nb_mentions=0,
        nb_links=0,
        version_ms=None,
    )


@pytest.mark.parametrize(
    "payload",
    [
        b"undefined",
        b"null",
        b"true",
        b"false",
        b'""',
        b'"undefined"',
        b"-1",
        b"1.5",
        b"1e5",
        b"7 ",
        b"7\n",
        b'"7',
        b"",
    ],
)
def test_what_is_no_id_is_no_delete(payload: bytes) -> None:
    assert refused(payload).reason in (Reason.NOT_JSON, Reason.NOT_A_POST)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"error": "The access token is invalid"}, Reason.NOT_A_POST),
        ([], Reason.NOT_A_POST),
        ({"id": "1", "content": "<p>made up</p>", "starts_at": None}, Reason.NOT_A_POST),
        (
            {"id": "1", "type": "mention", "account": account(), "status": status()},
            Reason.NOT_A_POST,
        ),
        (account(), Reason.NOT_A_POST),
        (status() | {"id": None}, Reason.NO_ID),
        (status() | {"id": ""}, Reason.NO_ID),
        (status() | {"created_at": None}, Reason.NO_CREATED_AT),
        (status() | {"created_at": "yesterday"}, Reason.BAD_CREATED_AT),
        (status() | {"created_at": ""}, Reason.BAD_CREATED_AT),
        (status() | {"created_at": 1_772_366_400}, Reason.BAD_FIELD),
        (status() | {"id": 1.14e17}, Reason.NO_ID),
        (status() | {"id": "9" * 256}, Reason.TOO_LONG),
        # Without an author it may be anything that an instance sends.
        (status() | {"account": []}, Reason.BAD_FIELD),
        (as_bytes(status())[:-1], Reason.NOT_JSON),
    ],
)
def test_what_is_no_post_is_refused_with_its_reason(payload: Any, reason: Reason) -> None:
    assert refused(payload).reason is reason


@pytest.mark.parametrize(
    ("changes", "columns", "odd"),
    [
        ({"edited_at": ""}, {}, Oddity.BAD_DATE),
        ({"edited_at": "now"}, {}, Oddity.BAD_DATE),
        ({"edited_at": "1969-12-31T23:59:59.999Z"}, {}, Oddity.BAD_DATE),
        ({"edited_at": 7}, {}, Oddity.BAD_TYPE),
        ({"account": account(followers_count=-1)}, {"nb_followers": None}, Oddity.BAD_COUNT),
        ({"account": account(following_count="unknown")}, {"nb_friends": None}, Oddity.BAD_COUNT),
        ({"account": account(following_count=True)}, {"nb_friends": None}, Oddity.BAD_TYPE),
        ({"account": account(display_name="x" * 256)}, {"display_name": None}, Oddity.TOO_LONG),
        ({"account": account(display_name=["Ana"])}, {"display_name": None}, Oddity.BAD_TYPE),
        (
            {"account": account(display_name="Ana\ud83c")},
            {"display_name": "Ana\ufffd"},
            Oddity.LONE_SURROGATE,
        ),
        (
            {"account": account(uri="https://made.up/" + "x" * 256)},
            {"user_id": None},
            Oddity.TOO_LONG,
        ),
        ({"language": "x" * 36}, {"lang": None}, Oddity.TOO_LONG),
        ({"language": 7}, {"lang": None}, Oddity.BAD_TYPE),
        ({"tags": "kafka"}, {"hashtags": ()}, Oddity.BAD_TYPE),
        ({"tags": [7, {"name": 7}, {"name": "tide"}]}, {"hashtags": ("tide",)}, Oddity.BAD_TYPE),
        (
            {"tags": [{"name": "x" * 256}, {"name": "tide"}]},
            {"hashtags": ("tide",)},
            Oddity.BAD_HASHTAG,
        ),
        ({"mentions": "bo"}, {}, Oddity.BAD_TYPE),
        ({"content": "cut \udf0a"}, {"text": "cut \ufffd"}, Oddity.LONE_SURROGATE),
        ({"reblog": "yes"}, {}, Oddity.BAD_TYPE),
    ],
)
def test_a_status_with_an_odd_field_is_stored_without_it_and_the_oddity_is_told(
    changes: dict[str, Any], columns: dict[str, Any], odd: Oddity
) -> None:
    post = decode_mastodon(as_ascii(status(hashtags=["Kafka", "été"]) | changes))

    assert post == msgspec.structs.replace(POST, **columns, odd=frozenset({odd}))


def test_a_time_without_a_zone_is_utc_as_mastodon_knows_no_other() -> None:
    assert decoded(created_at="2026-03-01T12:00:00.288").created_at_ms == CREATED_AT_MS + 288


def as_ms(text: str) -> int:
    return round(
        (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000
    )


def post_of(found: dict[str, Any]) -> Post:
    """What a recorded status says, by plain dictionary look-ups."""
    whole = found["reblog"] or found
    anchors = re.findall(r"<a [^>]*>", whole["content"])
    return Post(
        post_id=found["id"],
        created_at_ms=as_ms(found["created_at"]),
        user_id=found["account"].get("uri", found["account"]["url"]),
        username=found["account"]["acct"],
        username_original=found["account"]["acct"],
        display_name=found["account"]["display_name"] or None,
        nb_friends=found["account"]["following_count"],
        nb_followers=found["account"]["followers_count"],
        lang=found["language"],
        op="update" if found["edited_at"] else "create",
        is_repost=bool(found["reblog"]),
        hashtags=tuple(tag["name"] for tag in whole["tags"]),
        nb_mentions=len(whole["mentions"]),
        nb_links=sum("mention" not in anchor for anchor in anchors),
        version_ms=as_ms(found["edited_at"]) if found["edited_at"] else None,
        text=text_of_html(whole["content"]),
    )


def test_every_recorded_status_is_the_post_that_it_says_it_is() -> None:
    payloads = list(recorded_lines("mastodon_statuses"))

    assert len(payloads) == 150
    assert [decode_mastodon(payload) for payload in payloads] == [
        post_of(json.loads(payload)) for payload in payloads
    ]


def test_every_recorded_frame_is_a_post_a_delete_or_none() -> None:
    frames = [json.loads(line) for line in recorded_lines("mastodon_sse_frames")]

    for frame in frames:
        outcome = decode_mastodon(frame["data"].encode())
        match frame["event"]:
            case "update" | "status.update":
                assert outcome == post_of(json.loads(frame["data"]))
            case "delete":
                assert isinstance(outcome, Post)
                assert (outcome.op, outcome.post_id) == ("delete", frame["data"])
            case "announcement.delete":
                assert isinstance(
                    outcome, Post
                )  # its id looks like a post's; the producer does not send it
            case _:
                assert isinstance(outcome, Rejected)


def test_a_hostile_document_is_not_json_where_it_is_none_and_never_an_exception() -> None:
    cases = [json.loads(line) for line in recorded_lines("hostile_json")]
    payloads = {case["name"]: base64.b64decode(case["base64"]) for case in cases}

    outcomes = {name: decode_mastodon(payload) for name, payload in payloads.items()}

    deletes = {name for name, outcome in outcomes.items() if isinstance(outcome, Post)}
    assert deletes == {"y_structure_lonely_int.json"}  # 42
    none_at_all = {
        c["name"]
        for c in cases
        if c["expect"] == "reject" and not is_strict_json(payloads[c["name"]])
    }
    assert {outcomes[name].reason for name in none_at_all} == {Reason.NOT_JSON}  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_a_status_it_is_a_post_or_has_a_reason(seed: int) -> None:
    dice = random.Random(seed)
    good = [
        status(hashtags=["Kafka", "été"], content=LINK + MENTION),
        status(edited_at="2026-03-01T12:05:00.250Z", mentions=[{"acct": "bo"}]),
        status(reblog=status(7, hashtags=["whole"])),
    ]

    for _ in range(1_500):
        payload = hostile(dice.choice(good), dice)
        outcome = decode_mastodon(memoryview(payload))

        check_outcome(outcome, payload)
        assert isinstance(outcome, Rejected) or outcome.op in ("create", "update")


def test_hostile_html_is_counted_in_no_time() -> None:
    outcome = decoded(content="<a class='" * 80_000)

    assert outcome.nb_links == 80_000


def test_a_text_is_the_content_without_html_and_of_a_reblog_the_original_s() -> None:
    assert (
        decoded(content=f"<p>one</p><p>{MENTION} &amp; {LINK}</p>").text == "one\n@bo & example.org"
    )
    assert decoded(reblog=status(7, content="<p>whole</p>"), content="").text == "whole"
    assert decoded(content=None).text is None
    assert decoded(content="").text == ""
