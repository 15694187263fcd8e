"""Posts of about 2 KB in X v2 shape: 200,000 authors, 5,000 hashtags whose use follows Zipf."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

AUTHORS = 200_000
HASHTAGS = 5_000
_WORDS = "the tide leaves its line upon the sand and what it carried stays to tell how far the water came "


@dataclass(frozen=True)
class MadePost:
    """A payload, and what the tables should hold of it."""

    payload: bytes
    author: int
    hashtags: tuple[str, ...]


def made_posts(
    count: int, *, seed: int = 7, span_s: int = 600, first_id: int = 10**18
) -> Iterator[MadePost]:
    """Yield posts spread evenly over the last span_s seconds; a seed always gives the same posts but for the time."""
    rng = random.Random(seed)
    names = [f"topic{n}" for n in range(HASHTAGS)]
    weights = list(itertools.accumulate(1 / (n + 1) for n in range(HASHTAGS)))
    start = datetime.now(UTC) - timedelta(seconds=span_s)
    for number in range(count):
        author = rng.randrange(AUTHORS)
        hashtags = tuple(rng.choices(names, cum_weights=weights, k=rng.choice((0, 0, 1, 1, 2, 3))))
        created = start + timedelta(seconds=span_s * number / count)
        yield MadePost(_payload(first_id + number, author, hashtags, created), author, hashtags)


def _payload(post_id: int, author: int, hashtags: tuple[str, ...], created: datetime) -> bytes:
    metrics = {"retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0}
    data = {
        "id": str(post_id),
        "author_id": str(author),
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%S.") + f"{created.microsecond // 1000:03}Z",
        "lang": "en",
        "text": _WORDS * 5 + "🌊",
        "edit_history_tweet_ids": [str(post_id)],
        "public_metrics": metrics,
        "entities": {
            "hashtags": [{"start": 0, "end": 9, "tag": tag} for tag in hashtags],
            "urls": [],
            "mentions": [],
        },
        "context_annotations": [{"domain": {"id": "1", "name": "Sea", "description": _WORDS}}] * 3,
    }
    user = {
        "id": str(author),
        "username": f"user{author}",
        "name": f"User {author} 🌊",
        "description": _WORDS * 3,
        "public_metrics": {
            "followers_count": author % 5000,
            "following_count": author % 3000,
            "tweet_count": 9,
        },
    }
    return json.dumps({"data": data, "includes": {"users": [user]}}, ensure_ascii=False).encode()
