"""What the tables must hold, computed from raw payloads with nothing of ours: plain json, dicts and loops.

    python tests/e2e/recompute.py FILE...    prints every row as a line of JSON

Written from the design and the comments in sql/migrations, not from the code that it checks. Rows are tuples in
the order of COLUMNS. What a payload cannot tell, where and when it came, is in none of them.
"""

import gzip
import json
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Tables = dict[str, list[tuple[Any, ...]]]

COLUMNS = {
    "posts": (
        *("source", "post_id", "created_at", "user_id", "lang", "op", "is_repost"),
        *("nb_hashtags", "nb_mentions", "nb_links"),
    ),
    "post_minutes": ("minute_at", "source", "posts", "reposts", "edits", "hashtag_uses"),
    "users": (
        *("source", "user_id", "username", "username_original", "display_name", "nb_friends", "nb_followers"),
        *("posts", "first_seen_at", "last_seen_at", "profile_at", "profile_post_id"),
    ),
    "hashtags": ("source", "post_id", "position", "hashtag", "spelling", "created_at"),
    "hashtag_minutes": ("minute_at", "source", "hashtag", "uses"),
    "hashtag_hours": ("hour_at", "source", "hashtag", "uses"),
    "hashtag_days": ("day_at", "source", "hashtag", "uses"),
}


def recompute(payloads: Iterable[bytes], source: str = "x") -> Tables:
    """All rows, sorted. Payloads in the order in which they came: of a post that came twice the first copy counts."""
    posts: dict[str, Json] = {}
    for payload in payloads:
        post = post_of(json.loads(payload))
        posts.setdefault(post["id"], post)
    rows = {
        "posts": [_post_row(source, post) for post in posts.values()],
        "post_minutes": _post_minutes(source, posts.values()),
        "users": _user_rows(source, posts.values()),
        "hashtags": list(_hashtag_rows(source, posts.values())),
        "hashtag_minutes": _uses(source, posts.values(), second=0),
        "hashtag_hours": _uses(source, posts.values(), second=0, minute=0),
        "hashtag_days": _uses(source, posts.values(), second=0, minute=0, hour=0),
    }
    return {table: sorted(found, key=repr) for table, found in rows.items()}


def payloads_of(path: Path) -> list[bytes]:
    """The lines of a file, plain or .gz."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [line for line in text.split(b"\n") if line.strip()]


def post_of(document: Json) -> Json:
    return _v2(document) if "data" in document else _v1(document)


def _v2(document: Json) -> Json:
    data = document["data"]
    entities = _v2_entities(data)
    references = data.get("referenced_tweets") or data.get("referenced_posts") or []
    versions = data.get("edit_history_tweet_ids") or data.get("edit_history_post_ids") or []
    author_id = _text(data.get("author_id"))
    authors = (document.get("includes") or {}).get("users") or []
    author: Json = next((user for user in authors if author_id and _text(user.get("id")) == author_id), {})
    metrics = author.get("public_metrics") or {}
    return {
        "id": _text(data["id"]),
        "at": datetime.fromisoformat(data["created_at"]),
        "user_id": author_id,
        "lang": data.get("lang"),
        "op": "update" if versions and _text(versions[0]) != _text(data["id"]) else "create",
        "is_repost": any(reference["type"] in ("retweeted", "reposted") for reference in references),
        "tags": [tag["tag"] for tag in _list(entities.get("hashtags"))],
        "mentions": len(_list(entities.get("mentions"))),
        "links": len(_list(entities.get("urls"))),
        "handle": author.get("username"),
        "name": author.get("name"),
        "friends": metrics.get("following_count"),
        "followers": metrics.get("followers_count"),
    }


def _v2_entities(data: Json) -> Json:
    note = data.get("note_tweet") or data.get("note_post") or {}
    entities = note.get("entities") or data.get("entities")
    return entities if isinstance(entities, dict) else {}


def _v1(tweet: Json) -> Json:
    # The text of a retweet is cut, and what it holds with it: the original has all of it.
    original = tweet.get("retweeted_status")
    entities = _v1_entities(original or tweet)
    user = tweet.get("user") or {}
    return {
        "id": tweet.get("id_str") or _text(tweet["id"]),
        "at": _v1_instant(tweet),
        "user_id": user.get("id_str") or _text(user.get("id")),
        "lang": tweet.get("lang"),
        "op": "create",
        "is_repost": original is not None,
        "tags": [tag["text"] for tag in _list(entities.get("hashtags"))],
        "mentions": len(_list(entities.get("user_mentions"))),
        "links": len(_list(entities.get("urls"))),
        "handle": user.get("screen_name"),
        "name": user.get("name"),
        "friends": user.get("friends_count"),
        "followers": user.get("followers_count"),
    }


def _v1_entities(tweet: Json) -> Json:
    found: Json = (tweet.get("extended_tweet") or {}).get("entities") or tweet.get("entities") or {}
    return found


def _v1_instant(tweet: Json) -> datetime:
    if tweet.get("created_at"):
        return datetime.strptime(tweet["created_at"], "%a %b %d %H:%M:%S %z %Y")
    return datetime.fromtimestamp(int(tweet["timestamp_ms"]) / 1000, UTC)


def _text(number_or_text: Any) -> str | None:
    return None if number_or_text is None else str(number_or_text)


def _list(found: Any) -> list[Json]:
    """X sends {} where a list is empty."""
    return found if isinstance(found, list) else []


def hashtag_key(spelling: str) -> str:
    """Return what a hashtag is counted by: folded until nothing changes, without signs and blanks around it."""
    key, before = spelling, None
    while key != before:
        before = key
        key = unicodedata.normalize("NFKC", key).casefold().replace("i\u0307", "i").strip().lstrip("#").lstrip()
    return key


def distinct_hashtags(spellings: Iterable[str]) -> list[str]:
    """Return the hashtags of a post, each once by its key, as first written; without those that fit no column."""
    first: dict[str, str] = {}
    for spelling in spellings:
        key = hashtag_key(spelling)
        if key and len(key) <= 255 and "\x1f" not in key:
            first.setdefault(key, spelling.strip().lstrip("#＃ ").lstrip())
    return list(first.values())[:100]


def for_charts(name: str | None) -> str | None:
    """Without emoji and symbols, nor what glues emoji together, nor control characters; white space folded."""
    if name is None:
        return None
    kept = "".join(
        letter
        for letter in name
        if letter.isspace()
        or (
            not (unicodedata.category(letter)[0] == "S" or unicodedata.category(letter) in ("Cc", "Cf"))
            and letter not in "\ufe0e\ufe0f\u20e3"
        )
    )
    return " ".join(kept.split()) or "No name"


def _naive(at: datetime) -> datetime:
    at = at.astimezone(UTC).replace(tzinfo=None)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _post_row(source: str, post: Json) -> tuple[Any, ...]:
    counts = (len(post["tags"]), post["mentions"], post["links"])
    known = (post["user_id"], post["lang"], post["op"], int(post["is_repost"]))
    return (source, post["id"], _naive(post["at"]), *known, *counts)


def _post_minutes(source: str, posts: Iterable[Json]) -> list[tuple[Any, ...]]:
    sums: dict[datetime, Counter[str]] = {}
    for post in posts:
        minute = sums.setdefault(_naive(post["at"]).replace(second=0, microsecond=0), Counter())
        minute["posts"] += 1
        minute["reposts"] += post["is_repost"]
        minute["edits"] += post["op"] == "update"
        minute["uses"] += len(post["tags"])
    return [(at, source, c["posts"], c["reposts"], c["edits"], c["uses"]) for at, c in sums.items()]


def _user_rows(source: str, posts: Iterable[Json]) -> list[tuple[Any, ...]]:
    by_user: dict[str, list[Json]] = {}
    for post in posts:
        if post["user_id"] is not None:
            by_user.setdefault(post["user_id"], []).append(post)
    return [_user_row(source, user_id, theirs) for user_id, theirs in by_user.items()]


def _user_row(source: str, user_id: str, posts: list[Json]) -> tuple[Any, ...]:
    seen = sorted(_naive(post["at"]) for post in posts)
    tells = ("handle", "name", "friends", "followers")
    telling = [post for post in posts if any(post[known] is not None for known in tells)]
    profile: tuple[Any, ...] = (None,) * 5
    told: tuple[Any, ...] = (None,) * 2
    if telling:
        newest = max(telling, key=lambda post: (_naive(post["at"]), post["id"]))
        original = newest["handle"] or newest["name"]
        profile = (for_charts(original), original, newest["name"], newest["friends"], newest["followers"])
        told = (_naive(newest["at"]), newest["id"])
    return (source, user_id, *profile, len(posts), seen[0], seen[-1], *told)


def _hashtag_rows(source: str, posts: Iterable[Json]) -> Iterator[tuple[Any, ...]]:
    for post in posts:
        for position, spelling in enumerate(post["tags"]):
            yield source, post["id"], position, hashtag_key(spelling), spelling, _naive(post["at"])


def _uses(source: str, posts: Iterable[Json], **to_bucket: int) -> list[tuple[Any, ...]]:
    uses: Counter[tuple[datetime, str, str]] = Counter()
    for _, _, _, hashtag, _, at in _hashtag_rows(source, posts):
        bucket = at.replace(microsecond=0).replace(**to_bucket)
        uses[bucket, source, hashtag] += 1
    return [(*key, count) for key, count in uses.items()]


if __name__ == "__main__":
    everything = [payload for name in sys.argv[1:] for payload in payloads_of(Path(name))]
    for table, rows in recompute(everything).items():
        for row in rows:
            print(json.dumps({"table": table, **dict(zip(COLUMNS[table], row, strict=True))}, default=str))
