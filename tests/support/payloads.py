"""Made-up posts in the exact shape of X v2 and v1.1, for tests to bend."""

import json
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

CREATED_AT = "2026-03-01T12:34:56.789Z"
CREATED_AT_V1 = "Sun Mar 01 12:34:56 +0000 2026"


def as_bytes(payload: Any) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def as_ascii(payload: Any) -> bytes:
    """Return JSON with everything but ASCII escaped: the only way to write half a surrogate
    pair."""
    return json.dumps(payload).encode()


def v2_user(user_id: str = "501", **changes: Any) -> Json:
    user: Json = {
        "id": user_id,
        "name": "Ana Lima",
        "username": "ana_lima",
        "created_at": "2011-05-04T08:00:00.000Z",
        "verified": False,
        "public_metrics": {
            "followers_count": 310,
            "following_count": 120,
            "tweet_count": 4021,
            "listed_count": 3,
        },
    }
    return user | changes


def v2_post(post_id: str = "9001", *, hashtags: Sequence[str] = (), **changes: Any) -> Json:
    """A post of user 501 with its author; `changes` go into `data`."""
    data: Json = {
        "id": post_id,
        "author_id": "501",
        "created_at": CREATED_AT,
        "lang": "en",
        "text": " ".join(["made up", *(f"#{tag}" for tag in hashtags)]),
        "edit_history_tweet_ids": [post_id],
        "public_metrics": {"retweet_count": 1, "reply_count": 0, "like_count": 2, "quote_count": 0},
        "entities": {"hashtags": v2_hashtags(*hashtags)},
    }
    return {
        "data": data | changes,
        "includes": {"users": [v2_user()]},
        "matching_rules": [{"id": "1377649934414049282", "tag": "made up"}],
    }


def v2_hashtags(*tags: str) -> list[Json]:
    return [{"start": 0, "end": len(tag) + 1, "tag": tag} for tag in tags]


def v1_user(user_id: int = 501, **changes: Any) -> Json:
    user: Json = {
        "id": user_id,
        "id_str": str(user_id),
        "name": "Ana Lima",
        "screen_name": "ana_lima",
        "followers_count": 310,
        "friends_count": 120,
        "statuses_count": 4021,
        "created_at": "Wed May 04 08:00:00 +0000 2011",
        "verified": False,
    }
    return user | changes


def v1_tweet(tweet_id: int = 9001, *, hashtags: Sequence[str] = (), **changes: Any) -> Json:
    """A tweet of user 501, as the v1.1 streaming API sent it."""
    tweet: Json = {
        "created_at": CREATED_AT_V1,
        "id": tweet_id,
        "id_str": str(tweet_id),
        "text": " ".join(["made up", *(f"#{tag}" for tag in hashtags)]),
        "source": '<a href="https://example.org" rel="nofollow">made up</a>',
        "truncated": False,
        "user": v1_user(),
        "is_quote_status": False,
        "retweet_count": 0,
        "favorite_count": 0,
        "entities": {
            "hashtags": v1_hashtags(*hashtags),
            "urls": [],
            "user_mentions": [],
            "symbols": [],
        },
        "lang": "en",
        "timestamp_ms": "1772368496789",
    }
    return tweet | changes


def v1_hashtags(*tags: str) -> list[Json]:
    return [{"text": tag, "indices": [0, len(tag) + 1]} for tag in tags]


def posted(
    post_id: str,
    user_id: str | None = "501",
    at: str = "2026-03-01T12:34:56.789Z",
    *tags: str,
    user: dict[str, Any] | None = None,
    **changes: Any,
) -> bytes:
    """A post of a user whose profile is in it, unless `user` is {}."""
    payload = v2_post(post_id, hashtags=tags, created_at=at, author_id=user_id, **changes)
    profile = v2_user(user_id or "", username=f"user_{user_id}") if user is None else user
    return as_bytes(payload | {"includes": {"users": [profile] if profile else []}})
