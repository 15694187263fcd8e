"""The timelines that are followed: where each is streamed, and where its pages are."""

import unicodedata
from typing import NamedTuple
from urllib.parse import quote

from tidemark.errors import SettingsError
from tidemark.settings import MastodonSettings, variable


class Timeline(NamedTuple):
    """One stream of an instance, and the pages with the same posts.

    name   also in the cursor
    feeds  what the instance calls them where it has disabled them
    rules  tags that its events carry
    """

    name: str
    stream_path: str
    stream_query: dict[str, str]
    page_path: str
    page_query: dict[str, str]
    feeds: tuple[tuple[str, str], ...]
    rules: tuple[str, ...] = ()


def timelines_of(settings: MastodonSettings) -> list[Timeline]:
    """Return one for each hashtag, as a stream of Mastodon has one; or the public one where none is
    set."""
    if settings.hashtags:
        return [_of_hashtag(hashtag) for hashtag in dict.fromkeys(map(_plain, settings.hashtags))]
    return [_public(settings.timeline)]


def _public(name: str) -> Timeline:
    _, _, side = name.partition(":")
    sides = (side,) if side else ("local", "remote")
    return Timeline(
        name=name,
        stream_path="/api/v1/streaming/public" + (f"/{side}" if side else ""),
        stream_query={},
        page_path="/api/v1/timelines/public",
        page_query={side: "true"} if side else {},
        feeds=tuple(("live_feeds", which) for which in sides),
    )


def _of_hashtag(hashtag: str) -> Timeline:
    return Timeline(
        name=f"#{hashtag}",
        stream_path="/api/v1/streaming/hashtag",
        stream_query={"tag": hashtag},
        page_path=f"/api/v1/timelines/tag/{quote(hashtag, safe='')}",
        page_query={},
        feeds=(("hashtag_feeds", "local"), ("hashtag_feeds", "remote")),
        rules=(hashtag,),
    )


def _plain(hashtag: str) -> str:
    """Return the hashtag as Mastodon expects it: without '#', in lower case."""
    plain = hashtag.strip().removeprefix("#").lower()
    if not plain or any(not (c.isalnum() or c in "_·・\u200c") and not _is_mark(c) for c in plain):
        raise SettingsError(
            f"{variable('mastodon', 'hashtags')} has {hashtag!r}, which is no hashtag: letters, digits and _ only"
        )
    return plain


def _is_mark(character: str) -> bool:
    """Return whether it is a mark: scripts of India and Thailand write vowels with them, and Python
    does not count them as letters."""
    return unicodedata.category(character).startswith("M")
