"""The timelines that are followed: where each is streamed, and where its pages are."""

import unicodedata
from typing import NamedTuple
from urllib.parse import quote

from tidemark.errors import SettingsError
from tidemark.settings import MastodonSettings, variable


class Timeline(NamedTuple):
    """name is also the cursor's; feeds are the instance's words for what it may have turned off."""

    name: str
    stream_path: str
    stream_query: dict[str, str]
    page_path: str
    page_query: dict[str, str]
    feeds: tuple[tuple[str, str], ...]
    rules: tuple[str, ...] = ()


def timelines_of(settings: MastodonSettings) -> list[Timeline]:
    """One for each hashtag, or the public one where there is none: a stream of Mastodon's has one
    hashtag."""
    if settings.hashtags:
        return [_of_hashtag(hashtag) for hashtag in dict.fromkeys(map(_plain, settings.hashtags))]
    _, _, side = settings.timeline.partition(":")
    return [
        Timeline(
            name=settings.timeline,
            stream_path="/api/v1/streaming/public" + (f"/{side}" if side else ""),
            stream_query={},
            page_path="/api/v1/timelines/public",
            page_query={side: "true"} if side else {},
            feeds=tuple(
                ("live_feeds", which) for which in ((side,) if side else ("local", "remote"))
            ),
        )
    ]


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
    """As Mastodon takes it: without '#', in small letters."""
    plain = hashtag.strip().removeprefix("#").lower()
    if not plain or any(not (c.isalnum() or c in "_·・\u200c") and not _is_mark(c) for c in plain):
        raise SettingsError(
            f"{variable('mastodon', 'hashtags')} has {hashtag!r}, which is no hashtag: letters, digits and _ only"
        )
    return plain


def _is_mark(character: str) -> bool:
    """Scripts of India and Thailand write vowels with marks, which are no letters to Python."""
    return unicodedata.category(character).startswith("M")
