"""The decoders against the recounts that the tables are compared with, over all recorded posts."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from e2e import recompute_live
from e2e.x_posts import for_charts, hashtag_key, is_notice, post_of
from recordings import recorded_lines

from spark_jobs.decode.bluesky import decode_bluesky
from spark_jobs.decode.mastodon import decode_mastodon
from spark_jobs.decode.post import Post
from spark_jobs.decode.x import decode_x
from tidemark.contracts import hashtags


def at(ms: int | None) -> datetime | None:
    return (
        None
        if ms is None
        else datetime.fromtimestamp(0, UTC).replace(tzinfo=None) + timedelta(milliseconds=ms)
    )


def told_of(post: Post) -> dict[str, Any]:
    """Return a decoded post as x_posts.post_of gives it, with the username for charts."""
    return {
        "id": post.key,
        "version": post.post_id,
        "version_at": at(post.version_ms),
        "at": at(post.created_at_ms),
        "user_id": post.user_id,
        "lang": post.lang,
        "op": post.op,
        "is_repost": post.is_repost,
        "tags": list(post.hashtags),
        "mentions": post.nb_mentions,
        "links": post.nb_links,
        "username": post.username,
        "name": post.display_name,
        "friends": post.nb_friends,
        "followers": post.nb_followers,
    }


@pytest.mark.parametrize("name", ["x_v2", "x_v1_stream", "x_v1_search"])
def test_every_recorded_post_of_x_is_what_the_recount_takes_it_for(name: str) -> None:
    for payload in recorded_lines(name):
        found, document = decode_x(payload), json.loads(payload)
        assert isinstance(found, Post) is not is_notice(document)
        expected = post_of(document)
        expected["username"] = for_charts(expected["handle"] or expected["name"])
        del expected["handle"]

        assert isinstance(found, Post)
        assert told_of(found) == expected
        assert found.odd == frozenset()


def rows_of(posts: Sequence[Post]) -> set[tuple[Any, ...]]:
    return {
        (
            post.key,
            post.op,
            at(post.created_at_ms),
            post.user_id,
            post.lang,
            int(post.is_repost),
            len(post.hashtags),
        )
        for post in posts
    }


def test_every_recorded_status_of_mastodon_is_what_the_recount_takes_it_for() -> None:
    payloads = list(recorded_lines("mastodon_statuses"))
    decoded = [post for post in map(decode_mastodon, payloads) if isinstance(post, Post)]

    expected = recompute_live.mastodon(payloads)

    assert rows_of(decoded) == set(expected["posts"])
    tags = {(post.key, place, tag) for post in decoded for place, tag in enumerate(post.hashtags)}
    assert tags == {
        (post_id, place, spelling) for post_id, place, _, spelling in expected["hashtags"]
    }


def test_every_recorded_post_of_bluesky_is_what_the_recount_takes_it_for() -> None:
    payloads = [
        line
        for name in ("jetstream_v1_capture", "jetstream_v1_golden")
        for line in recorded_lines(name)
    ]
    decoded = [post for post in map(decode_bluesky, payloads) if isinstance(post, Post)]

    expected = recompute_live.bluesky(payloads, {})

    written = [post for post in decoded if post.op != "delete"]
    assert {post.key for post in decoded if post.op == "delete"} == {
        uri for (uri,) in expected["deleted"]
    }
    assert set(expected["posts"]) <= rows_of(written)
    assert {post.user_id for post in written} >= {did for did, _ in expected["users"]}


def test_the_keys_of_all_recorded_hashtags_are_the_same() -> None:
    tags = {
        tag
        for name in ("x_v2", "x_v1_stream")
        for line in recorded_lines(name)
        for tag in _tags(json.loads(line))
    }

    assert len(tags) > 500
    assert {tag: hashtags.hashtag_key(tag) for tag in tags} == {
        tag: hashtag_key(tag) for tag in tags
    }


def test_the_keys_of_all_letters_and_of_whatever_they_make_up_are_the_same() -> None:
    dice = random.Random(3)
    letters = [
        chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000 and chr(code) != "\x1f"
    ]
    marks = ["#", "＃", " ", "\u3000", "İ", "\u0307", "\u0301", "\u0345", "ΐ", "ẞ", "ﬃ", "ｶ"]
    words = ["".join(dice.choices(letters, k=2) + dice.choices(marks, k=3)) for _ in range(5_000)]

    assert [
        word for word in [*letters, *words] if hashtags.hashtag_key(word) != hashtag_key(word)
    ] == []


def _tags(found: Any) -> list[str]:
    """Return every hashtag at any depth."""
    if isinstance(found, list):
        return [tag for entry in found for tag in _tags(entry)]
    if not isinstance(found, dict):
        return []
    here = [tag.get("tag") or tag.get("text") for tag in found.get("hashtags") or ()]
    return [*here, *(tag for value in found.values() for tag in _tags(value))]
