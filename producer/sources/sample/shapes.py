"""A made-up post as X would send it, by either of its interfaces, and as nobody should."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zlib import crc32

from msgspec.json import encode

from producer.sources.sample.authors import Author
from producer.sources.sample.posts import Post

_CUT_CHARS: Final = 280
_FIRST_RULE_ID: Final = 1_990_000_000_000_000_000
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def as_v2(post: Post) -> dict[str, Any]:
    """A line of X's filtered stream, with the author expanded."""
    is_long = len(post.text) > _CUT_CHARS
    data: dict[str, Any] = {
        "author_id": post.author.author_id,
        "created_at": _moment(post.at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "edit_history_tweet_ids": [
            str(first) for first in (post.first_version_id, post.post_id) if first is not None
        ],
        "id": str(post.post_id),
        "lang": post.language,
        "public_metrics": _v2_metrics(post),
        "text": _cut(post.text) if is_long else post.text,
    }
    entities = _v2_entities(post, data["text"])
    if entities:
        data["entities"] = entities
    if is_long:
        data["note_tweet"] = {"text": post.text, "entities": _v2_entities(post, post.text)}
    if post.reposted is not None:
        data["referenced_tweets"] = [{"type": "retweeted", "id": str(post.reposted.post_id)}]
    return {
        "data": data,
        "includes": {"users": [_v2_user(post.author, post.at_ms // 1000)]},
        "matching_rules": [
            {"id": str(_FIRST_RULE_ID + crc32(post.community.encode())), "tag": post.community}
        ],
    }


def as_v1(post: Post) -> dict[str, Any]:
    """A tweet of X's first interface."""
    is_long = len(post.text) > _CUT_CHARS
    text = _cut(post.text) if is_long else post.text
    tweet: dict[str, Any] = {
        "created_at": _v1_date(post.at_ms),
        "id": post.post_id,
        "id_str": str(post.post_id),
        "text": text,
        "source": '<a href="https://example.org/" rel="nofollow">Sample</a>',
        "truncated": is_long,
        "in_reply_to_status_id": None,
        "in_reply_to_status_id_str": None,
        "in_reply_to_user_id": None,
        "in_reply_to_user_id_str": None,
        "in_reply_to_screen_name": None,
        "user": _v1_user(post.author, post.at_ms // 1000),
        "geo": None,
        "coordinates": None,
        "place": None,
        "contributors": None,
        "is_quote_status": False,
        "quote_count": 0,
        "reply_count": 0,
        "retweet_count": 0,
        "favorite_count": 0,
        "entities": _v1_entities(post, text),
        "favorited": False,
        "retweeted": False,
        "filter_level": "low",
        "lang": post.language,
        "timestamp_ms": str(post.at_ms),
    }
    if is_long:
        tweet["extended_tweet"] = {
            "full_text": post.text,
            "display_text_range": [0, len(post.text)],
            "entities": _v1_entities(post, post.text),
        }
    if post.reposted is not None:
        tweet["retweeted_status"] = as_v1(post.reposted)
    return tweet


def _without_id(post: Post) -> bytes:
    line = as_v2(post)
    del line["data"]["id"]
    return encode(line)


def _with(post: Post, field: str, value: object) -> bytes:
    line = as_v2(post)
    line["data"][field] = value
    return encode(line)


BREAKAGES: Final[Sequence[Callable[[Post], bytes]]] = (
    lambda post: encode(as_v2(post))[:-40],
    lambda post: encode(as_v2(post)).replace(b'"username":"', b'"username":"\xff\xfe'),
    lambda post: encode([as_v1(post)]),
    lambda post: encode(
        {"errors": [{"title": "Not Found Error", "detail": "made up, like all of this"}]}
    ),
    lambda post: _with(post, "author_id", {"id": 7}),
    lambda post: _with(post, "created_at", "yesterday"),
    _without_id,
    lambda post: b"",
)
"""What goes wrong on the way, one after the other."""


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _v1_date(at_ms: int) -> str:
    moment = _moment(at_ms)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day} {month} {moment.day:02} {moment:%H:%M:%S} +0000 {moment.year}"


def _cut(text: str) -> str:
    return text[: _CUT_CHARS - 1] + "…"


def _spans(text: str, marks: Sequence[str]) -> list[tuple[str, int, int]]:
    """Each mark that is whole in the text, with where it stands, in characters; what was cut away
    is left out."""
    padded = text.replace("…", " ") + " "
    starts = ((mark, padded.find(f"{mark} ")) for mark in marks)
    return [(mark, start, start + len(mark)) for mark, start in starts if start >= 0]


def _mention_spans(post: Post, text: str) -> list[tuple[Author, int, int]]:
    found = ((author, text.find(f"@{author.handle}")) for author in post.mentions)
    return [
        (author, start, start + 1 + len(author.handle)) for author, start in found if start >= 0
    ]


def _v2_entities(post: Post, text: str) -> dict[str, Any]:
    """As at X, a kind of which there is none is left out."""
    entities = {
        "hashtags": [
            {"start": start, "end": end, "tag": mark[1:]}
            for mark, start, end in _spans(text, [f"#{tag}" for tag in post.hashtags])
        ],
        "mentions": [
            {"start": start, "end": end, "username": author.handle, "id": author.author_id}
            for author, start, end in _mention_spans(post, text)
        ],
        "urls": [
            {"start": start, "end": end, "url": link, "expanded_url": link, "display_url": link[8:]}
            for link, start, end in _spans(text, post.links)
        ],
    }
    return {kind: found for kind, found in entities.items() if found}


def _v1_entities(post: Post, text: str) -> dict[str, Any]:
    return {
        "hashtags": [
            {"text": mark[1:], "indices": [start, end]}
            for mark, start, end in _spans(text, [f"#{tag}" for tag in post.hashtags])
        ],
        "urls": [
            {"url": link, "expanded_url": link, "display_url": link[8:], "indices": [start, end]}
            for link, start, end in _spans(text, post.links)
        ],
        "user_mentions": [
            {
                "screen_name": author.handle,
                "name": author.name,
                "id": int(author.author_id),
                "id_str": author.author_id,
                "indices": [start, end],
            }
            for author, start, end in _mention_spans(post, text)
        ],
        "symbols": [],
    }


def _v2_metrics(post: Post) -> dict[str, int]:
    """A post that is new has none yet; a repost comes with those of what it repeats."""
    reposts = 0 if post.reposted is None else 1 + post.reposted.post_id % 97
    return {
        "retweet_count": reposts,
        "reply_count": 0,
        "like_count": 0,
        "quote_count": 0,
        "bookmark_count": 0,
        "impression_count": 0,
    }


def _v2_user(author: Author, second: int) -> dict[str, Any]:
    return {
        "id": author.author_id,
        "name": author.name,
        "public_metrics": {
            "followers_count": author.followers(second),
            "following_count": author.friends(second),
            "tweet_count": author.posts,
            "listed_count": author.base_followers // 200,
        },
        "username": author.handle,
    }


def _v1_user(author: Author, second: int) -> dict[str, Any]:
    return {
        "id": int(author.author_id),
        "id_str": author.author_id,
        "name": author.name,
        "screen_name": author.handle,
        "location": None,
        "url": None,
        "description": None,
        "protected": False,
        "verified": False,
        "followers_count": author.followers(second),
        "friends_count": author.friends(second),
        "listed_count": author.base_followers // 200,
        "favourites_count": author.posts * 3,
        "statuses_count": author.posts,
        "created_at": _v1_date(author.joined_at_s * 1000),
        "utc_offset": None,
        "time_zone": None,
        "geo_enabled": False,
        "lang": None,
        "default_profile": True,
        "default_profile_image": False,
    }
