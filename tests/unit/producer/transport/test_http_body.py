"""Every source against answers of 100 MB, plain or packed into 100 KB, and against being sent
elsewhere."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy.streaming
from pydantic import SecretStr
from stand_ins.flood import SIZE_BYTES, Flood
from tracked import Tracked
from waiting import wait_until

from producer.clock import SystemClock
from producer.sources.base.source import Source
from producer.sources.bluesky.profiles import Profiles
from producer.sources.bluesky.source import Bluesky
from producer.sources.mastodon.source import Mastodon
from producer.sources.wikimedia.source import Wikimedia
from producer.sources.x.lines import MAX_LINE_BYTES
from producer.sources.x.stream import XStream
from producer.transport.backoff import Backoff
from producer.transport.http_body import TooLargeError, read_bounded, read_head
from tidemark.errors import SourceError
from tidemark.settings import BlueskySettings, MastodonSettings, WikimediaSettings, XSettings

PATIENCE_S = 20
SMALL_BYTES = 40 << 20
RULES = "/2/tweets/search/stream/rules"
NO_RULES = {RULES: b'{"meta":{"sent":"x"}}'}
INSTANCE = {"/api/v2/instance": b"{}"}
EVENT_STREAM = {"Content-Type": "text/event-stream"}


@pytest.fixture(autouse=True)
def no_waits_of_tweepy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tweepy.streaming, "sleep", lambda wait_s: time.sleep(0.01))


@contextmanager
def little_memory() -> Iterator[None]:
    """By Linux' own books, as tracemalloc cannot be stopped while other threads run."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
    before_bytes = memory_bytes("VmRSS")
    yield
    assert memory_bytes("VmHWM") - before_bytes < SMALL_BYTES


def memory_bytes(name: str) -> int:
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)
    )
    return int(line.split()[1]) << 10


def x_stream(url: str) -> Source:
    settings = XSettings(bearer_token=SecretStr("AAAA"), api_url=url, track=["kafka"])
    return XStream(settings, SystemClock(), shortest_wait_s=0.01, first_retry_s=0.01)


def mastodon(url: str) -> Source:
    settings = MastodonSettings(url=url, access_token=SecretStr("AAAA"))
    return Mastodon(settings, SystemClock(), first_retry_s=0.01)


def wikimedia(url: str) -> Source:
    settings = WikimediaSettings(url=url, contact="someone@example.org")
    return Wikimedia(settings, SystemClock(), backoff=Backoff(0.01, 0.01))


def heard_until(source: Source, is_enough: Callable[[], bool]) -> list[Any]:
    """What the source gives until it is enough; its last word is the error that ends it, if one
    does."""
    deadline = time.monotonic() + PATIENCE_S
    found: list[Any] = []
    try:
        for received in source.events(None):
            assert time.monotonic() < deadline, "it did not come in time"
            found.append(received)
            if is_enough():
                break
    except SourceError as error:
        found.append(error)
    return found


CALLS: dict[str, tuple[Callable[[str], Source], dict[str, Any], str]] = {
    "rules of X": (x_stream, {}, "filter rules not set.*more than 8192 KiB"),
    "an error about rules of X": (x_stream, {"status": 503}, "filter rules not set"),
    "an error of the stream of X": (
        x_stream,
        {"status": 503, "answers": NO_RULES},
        "reconnecting.*503",
    ),
    "what an instance of Mastodon is": (mastodon, {}, "more than 8192 KiB"),
    "a page of Mastodon": (mastodon, {"answers": INSTANCE}, "more than 8192 KiB"),
    "an error of Mastodon": (mastodon, {"status": 503}, "reconnecting.*503"),
    "an error of Wikimedia": (wikimedia, {"status": 503}, "reconnecting.*503"),
    "a frame of Wikimedia": (
        wikimedia,
        {"headers": EVENT_STREAM},
        "reconnecting.*ended the connection",
    ),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_a_flood_is_refused_in_words_and_takes_little_memory(
    call: str, packed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    make, options, words = CALLS[call]
    caplog.set_level(logging.INFO)

    def is_said() -> bool:
        lines = [f"{record.message} {getattr(record, 'reason', '')}" for record in caplog.records]
        return any(
            words.partition(".*")[0] in line and words.rpartition(".*")[2] in line for line in lines
        )

    with (
        Flood(packed=packed, **options) as server,
        closing(make(server.url)) as source,
        little_memory(),
    ):
        heard_until(source, is_said)

    assert is_said()


@pytest.mark.parametrize("packed", [False, True])
def test_a_flood_of_profiles_is_refused_in_words(
    packed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        Flood(packed=packed) as server,
        closing(Profiles(server.url, SystemClock(), backoff=Backoff(0.01, 0.01))) as profiles,
        little_memory(),
    ):
        profiles.want("did:plc:author")
        wait_until(lambda: "profile requests fail" in caplog.text)

    [reason] = {str(vars(record)["reason"]) for record in caplog.records}
    assert "more than 8192 KiB" in reason


def test_a_line_of_x_without_end_is_left_out_and_the_next_post_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    posts = b'\r\n{"data":{"id":"2","author_id":"7"}}\r\n{"data":{"id":"3"}}\r\n'
    events: list[str | None] = []
    deadline = time.monotonic() + PATIENCE_S
    with (
        Flood(answers=NO_RULES, head=b'{"data":{"id":"1"}}\n{"data":"', tail=posts) as server,
        closing(Tracked(x_stream(server.url))) as source,
        little_memory(),
    ):
        for received in source.events(None):
            assert time.monotonic() < deadline, "it did not come in time"
            events += [received[0].event_id] if isinstance(received, tuple) else []
            if len(events) == 3:
                break

    assert events == ["x:1", "x:2", "x:3"]
    [record] = [record for record in caplog.records if record.message == "line too long; skipped"]
    assert (vars(record)["over_bytes"], vars(record)["left_out"]) == (MAX_LINE_BYTES, 1)


MOVES: dict[str, tuple[Callable[[str], Source], dict[str, Any], str]] = {
    "rules of X": (x_stream, {}, "X has moved; check TIDEMARK_X__API_URL"),
    "the stream of X": (x_stream, {"answers": NO_RULES}, "X has moved; check TIDEMARK_X__API_URL"),
    "Mastodon": (mastodon, {}, "the instance has moved; check TIDEMARK_MASTODON__URL"),
    "a page of Mastodon": (
        mastodon,
        {"answers": INSTANCE},
        "the instance has moved; check TIDEMARK_MASTODON__URL",
    ),
    "Wikimedia": (wikimedia, {}, "the stream has moved; check TIDEMARK_WIKIMEDIA__URL"),
    "Bluesky": (
        lambda url: Bluesky(
            BlueskySettings(hosts=[url.replace("http", "ws")], profiles=False), SystemClock()
        ),
        {},
        "check TIDEMARK_BLUESKY__HOSTS",
    ),
}


@pytest.mark.parametrize("call", MOVES)
def test_sent_elsewhere_for_good_it_does_not_follow_and_says_so(call: str) -> None:
    make, options, words = MOVES[call]
    with Flood(size_bytes=0) as elsewhere:
        headers = {
            "Location": elsewhere.url.replace("http", "ws") if call == "Bluesky" else elsewhere.url
        }
        with (
            Flood(status=301, size_bytes=0, headers=headers, **options) as server,
            closing(make(server.url)) as source,
        ):
            error = heard_until(source, lambda: False)[-1]

    assert isinstance(error, SourceError)
    assert words in str(error)
    assert f"it redirects to {headers['Location']}" in str(error)
    assert elsewhere.asked == []


@pytest.mark.parametrize("call", [call for call in MOVES if call != "Bluesky"])
def test_sent_elsewhere_for_now_it_does_not_follow_and_asks_again(call: str) -> None:
    make, options, _ = MOVES[call]
    with (
        Flood(size_bytes=0) as elsewhere,
        Flood(status=302, size_bytes=0, headers={"Location": elsewhere.url}, **options) as server,
        closing(make(server.url)) as source,
    ):
        heard_until(source, lambda: len(server.asked) >= 4)

        assert elsewhere.asked == []


def test_profiles_are_asked_for_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    with (
        Flood(size_bytes=0) as elsewhere,
        Flood(status=302, size_bytes=0, headers={"Location": elsewhere.url}) as server,
        closing(Profiles(server.url, SystemClock(), backoff=Backoff(0.01, 0.01))) as profiles,
    ):
        profiles.want("did:plc:author")
        wait_until(lambda: "profile requests fail" in caplog.text)

        assert "it redirects to" in str(vars(caplog.records[0])["reason"])
        assert elsewhere.asked == []


def test_a_body_within_bounds_comes_whole_and_a_larger_one_not_at_all() -> None:
    with Flood(head=b"[", tail=b"]", size_bytes=1 << 20) as server, requests.Session() as session:
        body = read_bounded(session.get(server.url, stream=True))
        with pytest.raises(TooLargeError, match="more than 1024 KiB was refused"):
            read_bounded(session.get(server.url, stream=True), 1 << 20)
        head = read_head(session.get(server.url, stream=True), 5)

    assert (len(body), body[:1], body[-1:]) == ((1 << 20) + 2, b"[", b"]")
    assert head == b"[    "
    assert SIZE_BYTES > SMALL_BYTES
