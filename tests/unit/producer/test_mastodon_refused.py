"""What an instance refuses, for now and for good: the source against the stand-in for an
instance."""

import itertools
import logging
import re
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mastodon_listening import (
    POSTS,
    TOKEN,
    ended_by,
    events_of,
    instance_of,
    source_of,
    taken,
    until,
    values,
)
from pydantic import SecretStr
from stand_ins.mastodon_script import Close, Hold, Posts, Refuse
from tracked import Received

from producer.clock import SystemClock
from producer.sources.mastodon.source import Mastodon
from tidemark.errors import SettingsError, SourceError
from tidemark.settings import MastodonSettings, Settings


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (
            Refuse(401, {"error": "Invalid access token"}),
            "check TIDEMARK_MASTODON__ACCESS_TOKEN .*Invalid access token",
        ),
        (
            Refuse(403, {"error": "outside the authorized scopes"}),
            "lacks read:statuses, or the feed is disabled .*403",
        ),
        (
            Refuse(404, {"error": "Record not found"}),
            "no such feed: it is disabled, or TIDEMARK_MASTODON__URL",
        ),
        (Refuse(422, {"error": "requires an authenticated user"}), "has to be a user's"),
    ],
)
@pytest.mark.parametrize("where", ["stream", "pages"])
def test_it_stops_for_good_where_trying_again_cannot_help(
    refusal: Refuse, words: str, where: str
) -> None:
    options: dict[str, Any] = (
        {"script": [refusal]} if where == "stream" else {"page_refusals": [refusal]}
    )
    with instance_of(**options) as instance, closing(source_of(instance)) as source:
        message = ended_by(source)

    assert re.search(words, message)
    assert message.startswith(instance.host)


def test_a_token_that_is_taken_back_ends_it_after_the_posts_before() -> None:
    with (
        instance_of(script=[[Posts(2), Close()], Refuse(401)]) as instance,
        closing(source_of(instance)) as source,
    ):
        found: list[Received] = []
        with pytest.raises(SourceError, match="401"):  # noqa: PT012
            for received in source.events(None):
                found.append(received)

    assert [event.value for event in events_of(found)] == POSTS[:2]


FEEDS = {"live_feeds": {"local": "disabled", "remote": "disabled"}}


def test_a_feed_that_is_disabled_is_an_error_that_says_so() -> None:
    with (
        instance_of(configuration={"timelines_access": FEEDS}) as instance,
        closing(source_of(instance)) as source,
    ):
        assert re.search(
            "has disabled the feed public, .*TIDEMARK_MASTODON__TIMELINE", ended_by(source)
        )


def test_a_disabled_feed_that_this_user_may_see_or_one_side_of_it_is_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    half = {"live_feeds": {"local": "public", "remote": "disabled"}}
    for access, written in ((FEEDS, POSTS[:1]), (half, [])):
        with (
            instance_of(
                POSTS[1:], written=written, configuration={"timelines_access": access}
            ) as instance,
            closing(source_of(instance)) as source,
        ):
            assert values(taken(source, 7)) == POSTS[1:]
    assert "timeline is restricted to moderators" in caplog.text


@pytest.mark.parametrize(
    "refusal",
    [
        Refuse(503, headers={"Retry-After": "1"}),
        Refuse(429, headers={"Retry-After": "1"}),
        Refuse(
            429,
            headers={"X-RateLimit-Reset": (datetime.now(UTC) + timedelta(seconds=-3)).isoformat()},
        ),
        Refuse(500, "<html>"),
        Refuse(200, {"no": "stream"}),
    ],
    ids=["503", "429", "429 as Mastodon says it", "500", "no stream"],
)
@pytest.mark.parametrize("where", ["stream", "pages"])
def test_refused_for_now_it_comes_back_when_it_may(refusal: Refuse, where: str) -> None:
    options: dict[str, Any] = (
        {"script": [refusal]} if where == "stream" else {"page_refusals": [None, refusal]}
    )
    with instance_of(**options) as instance, closing(source_of(instance)) as source:
        before_s = time.monotonic()
        events = taken(source, 8)

    assert sorted(values(events)) == POSTS
    if where == "stream" and "Retry-After" in refusal.headers:
        assert instance.connected_at_s[-1] - before_s >= 1


def test_the_next_quota_is_waited_for() -> None:
    reset_at = datetime.now(UTC) + timedelta(seconds=1.5)
    refusal = Refuse(429, headers={"X-RateLimit-Reset": reset_at.isoformat()})
    with instance_of(script=[refusal]) as instance, closing(source_of(instance)) as source:
        taken(source, 8)

    assert datetime.now(UTC) >= reset_at


def test_an_instance_that_closes_at_once_is_not_called_again_at_once() -> None:
    with (
        instance_of(script=[[Close()]] * 3) as instance,
        closing(source_of(instance, first_retry_s=0.2)) as source,
    ):
        taken(source, 8)

    assert all(
        after - before >= 0.2 for before, after in itertools.pairwise(instance.connected_at_s)
    )


def test_the_token_is_in_no_log_no_error_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with instance_of(
        script=[[Posts(1), Close()], Refuse(503, {"error": f"no, {TOKEN}"}), [Hold(silent=True)]]
    ) as instance:
        with closing(source_of(instance)) as source:
            until(source.events(None), lambda _: len(instance.connected_at_s) == 3)
        with closing(source_of(instance, token="another-secret")) as second:
            message = ended_by(second)

    logged = str([vars(record) for record in caplog.records])
    assert "not good: Bearer [token]" in message
    assert "no, [token]" in logged
    assert not {TOKEN, "another-secret"} & set(
        re.findall(r"[\w-]+", message + logged + repr(source))
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"access_token": SecretStr(TOKEN)}, "TIDEMARK_MASTODON__URL is not set"),
        (
            {"url": "made.up", "access_token": SecretStr(TOKEN)},
            "TIDEMARK_MASTODON__URL is 'made.up'",
        ),
        (
            {"url": "https://a:b@made.up", "access_token": SecretStr(TOKEN)},
            "which is no address of an instance",
        ),
        (
            {"url": "https://made.up"},
            "TIDEMARK_MASTODON__ACCESS_TOKEN is not set; since 4.2 .* read:statuses.*https://made.up/settings/applic",
        ),
        (
            {"url": "https://made.up", "access_token": SecretStr("Bearer x")},
            "ACCESS_TOKEN holds characters",
        ),
        (
            {"url": "https://made.up", "access_token": SecretStr(TOKEN), "hashtags": ["two words"]},
            "TIDEMARK_MASTODON__HASHTAGS has 'two words'",
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as error:
        Mastodon.from_settings(Settings(mastodon=MastodonSettings(**settings)), SystemClock())

    assert "Bearer x" not in str(error.value)
