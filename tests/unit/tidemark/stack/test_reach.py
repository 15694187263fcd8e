"""Which sources a demo shows: those that answer; real sockets on loopback play them."""

from collections.abc import Iterator

import pytest

from tidemark.settings import (
    BlueskySettings,
    MastodonSettings,
    Settings,
    SourceName,
    WikimediaSettings,
)
from tidemark.stack.embedded.ports import LOOPBACK, free_port, listen
from tidemark.stack.embedded.reach import with_reachable_sources


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("http", "https", "all", "no"):
        for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def open_port() -> Iterator[int]:
    port = free_port()
    with listen(port):
        yield port


def settings_of(*sources: SourceName, wikimedia: int, bluesky: int) -> Settings:
    return Settings(
        sources=list(sources),
        wikimedia=WikimediaSettings(url=f"http://{LOOPBACK}:{wikimedia}"),
        bluesky=BlueskySettings(
            hosts=[f"ws://{LOOPBACK}:{free_port()}", f"ws://{LOOPBACK}:{bluesky}"]
        ),
        mastodon=MastodonSettings(url="https://no-such-host.invalid"),
    )


def shown(settings: Settings) -> tuple[list[SourceName], list[str]]:
    """The sources that are left, and what was said."""
    said: list[str] = []
    return with_reachable_sources(settings, said.append).chosen_sources, said


def test_sources_that_answer_are_kept_and_nothing_is_said(open_port: int) -> None:
    both = settings_of("wikimedia", "bluesky", wikimedia=open_port, bluesky=open_port)

    assert shown(both) == (["wikimedia", "bluesky"], [])


def test_one_that_does_not_answer_is_left_out_and_named(open_port: int) -> None:
    settings = settings_of(
        "wikimedia", "bluesky", "mastodon", wikimedia=free_port(), bluesky=open_port
    )

    left, (said,) = shown(settings)

    assert left == ["bluesky"]
    assert said == "wikimedia and mastodon cannot be reached from here, so the demo shows bluesky"


def test_where_none_answers_the_posts_are_made_up() -> None:
    left, (said,) = shown(settings_of("wikimedia", wikimedia=free_port(), bluesky=free_port()))

    assert (left, said) == (
        ["sample"],
        "wikimedia cannot be reached from here, so the demo shows sample",
    )


@pytest.mark.parametrize("source", ["sample", "replay"])
def test_what_needs_no_network_is_not_asked(source: SourceName) -> None:
    assert shown(Settings(source=source)) == ([source], [])


def test_behind_a_proxy_they_are_taken_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")

    assert shown(settings_of("wikimedia", wikimedia=free_port(), bluesky=free_port())) == (
        ["wikimedia"],
        [],
    )
