"""A made-up post in the format of X's first interface (API v1.1)."""

from typing import Any, Final

from producer.sources.sample.authors import Author
from producer.sources.sample.posts import Post
from producer.sources.sample.spans import cut, is_long, mention_spans, spans
from producer.sources.sample.timeline import moment

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def as_v1(post: Post) -> dict[str, Any]:
    """Return a tweet."""
    is_cut = is_long(post.text)
    text = cut(post.text) if is_cut else post.text
    tweet: dict[str, Any] = {
        "created_at": _date(post.at_ms),
        "id": post.post_id,
        "id_str": str(post.post_id),
        "text": text,
        "source": '<a href="https://example.org/" rel="nofollow">Sample</a>',
        "truncated": is_cut,
        "in_reply_to_status_id": None,
        "in_reply_to_status_id_str": None,
        "in_reply_to_user_id": None,
        "in_reply_to_user_id_str": None,
        "in_reply_to_screen_name": None,
        "user": _user(post.author, post.at_ms // 1000),
        "geo": None,
        "coordinates": None,
        "place": None,
        "contributors": None,
        "is_quote_status": False,
        "quote_count": 0,
        "reply_count": 0,
        "retweet_count": 0,
        "favorite_count": 0,
        "entities": _entities(post, text),
        "favorited": False,
        "retweeted": False,
        "filter_level": "low",
        "lang": post.language,
        "timestamp_ms": str(post.at_ms),
    }
    if is_cut:
        tweet["extended_tweet"] = {
            "full_text": post.text,
            "display_text_range": [0, len(post.text)],
            "entities": _entities(post, post.text),
        }
    if post.reposted is not None:
        tweet["retweeted_status"] = as_v1(post.reposted)
    return tweet


def _date(at_ms: int) -> str:
    at = moment(at_ms)
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"{day} {month} {at.day:02} {at:%H:%M:%S} +0000 {at.year}"


def _entities(post: Post, text: str) -> dict[str, Any]:
    return {
        "hashtags": [
            {"text": mark[1:], "indices": [start, end]}
            for mark, start, end in spans(text, [f"#{tag}" for tag in post.hashtags])
        ],
        "urls": [
            {"url": link, "expanded_url": link, "display_url": link[8:], "indices": [start, end]}
            for link, start, end in spans(text, post.links)
        ],
        "user_mentions": [
            {
                "screen_name": author.handle,
                "name": author.name,
                "id": int(author.author_id),
                "id_str": author.author_id,
                "indices": [start, end],
            }
            for author, start, end in mention_spans(post, text)
        ],
        "symbols": [],
    }


def _user(author: Author, second: int) -> dict[str, Any]:
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
        "created_at": _date(author.joined_at_s * 1000),
        "utc_offset": None,
        "time_zone": None,
        "geo_enabled": False,
        "lang": None,
        "default_profile": True,
        "default_profile_image": False,
    }
