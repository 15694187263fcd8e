"""A made-up post in the format of X's second interface (API v2)."""

from typing import Any, Final
from zlib import crc32

from producer.sources.sample.authors import Author
from producer.sources.sample.posts import Post
from producer.sources.sample.spans import cut, is_long, mention_spans, spans
from producer.sources.sample.timeline import iso

_FIRST_RULE_ID: Final = 1_990_000_000_000_000_000


def as_v2(post: Post) -> dict[str, Any]:
    """Return a line of X's filtered stream, with the author expanded."""
    is_cut = is_long(post.text)
    data: dict[str, Any] = {
        "author_id": post.author.author_id,
        "created_at": iso(post.at_ms),
        "edit_history_tweet_ids": [
            str(first) for first in (post.first_version_id, post.post_id) if first is not None
        ],
        "id": str(post.post_id),
        "lang": post.language,
        "public_metrics": _metrics(post),
        "text": cut(post.text) if is_cut else post.text,
    }
    entities = _entities(post, data["text"])
    if entities:
        data["entities"] = entities
    if is_cut:
        data["note_tweet"] = {"text": post.text, "entities": _entities(post, post.text)}
    if post.reposted is not None:
        data["referenced_tweets"] = [{"type": "retweeted", "id": str(post.reposted.post_id)}]
    return {
        "data": data,
        "includes": {"users": [_user(post.author, post.at_ms // 1000)]},
        "matching_rules": [
            {"id": str(_FIRST_RULE_ID + crc32(post.community.encode())), "tag": post.community}
        ],
    }


def _entities(post: Post, text: str) -> dict[str, Any]:
    """Return the entities by kind; as at X, a kind without any is left out."""
    entities = {
        "hashtags": [
            {"start": start, "end": end, "tag": mark[1:]}
            for mark, start, end in spans(text, [f"#{tag}" for tag in post.hashtags])
        ],
        "mentions": [
            {"start": start, "end": end, "username": author.handle, "id": author.author_id}
            for author, start, end in mention_spans(post, text)
        ],
        "urls": [
            {"start": start, "end": end, "url": link, "expanded_url": link, "display_url": link[8:]}
            for link, start, end in spans(text, post.links)
        ],
    }
    return {kind: found for kind, found in entities.items() if found}


def _metrics(post: Post) -> dict[str, int]:
    """Return the counts: a new post has none yet, a repost has those of its original."""
    reposts = 0 if post.reposted is None else 1 + post.reposted.post_id % 97
    return {
        "retweet_count": reposts,
        "reply_count": 0,
        "like_count": 0,
        "quote_count": 0,
        "bookmark_count": 0,
        "impression_count": 0,
    }


def _user(author: Author, second: int) -> dict[str, Any]:
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
