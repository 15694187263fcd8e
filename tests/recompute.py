"""What the tables must hold after some batches, in dictionaries: no SQL, no decoder of ours.

Knows just as much of a payload as the made-up posts of payloads.py need.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import normalize

from kafka_records import Record

Rows = list[tuple[Any, ...]]
Tables = dict[str, Rows]
PROFILE = ("username", "display_name", "nb_friends", "nb_followers")
UNKNOWN = dict.fromkeys([*PROFILE, "created_at", "post_id"])
EPOCH = datetime(1970, 1, 1)


def recompute(batches: Iterable[Sequence[Record]], topic_id: str) -> Tables:
    """Each table's rows, in_order; a batch is read by topic, partition and offset."""
    posts: dict[tuple[str, str], Any] = {}
    rejected: Rows = []
    for batch in batches:
        for record in sorted(batch, key=lambda r: (r.topic, r.partition, r.offset)):
            post = read_post(record)
            if post is None:
                rejected.append(_rejected_row(record, topic_id))
            else:
                posts.setdefault((post["source"], post["post_id"]), post)
    new = list(posts.values())
    found = {
        "posts": [_post_row(post) for post in new],
        "users": _users(new),
        **_uses(new),
        "post_minutes": _post_minutes(new),
        "rejected": rejected,
    }
    return {table: in_order(rows) for table, rows in found.items()}


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: [str(value) for value in row[:5]])


def read_post(record: Record) -> dict[str, Any] | None:
    try:
        payload = json.loads(record.value or b"")
        data, includes = payload["data"], payload.get("includes", {})
    except (ValueError, KeyError, TypeError):
        return None
    authors = {user["id"]: user for user in includes.get("users", [])}
    author = authors.get(data.get("author_id"), {})
    metrics = author.get("public_metrics", {})
    return {
        "source": header(record, "source"),
        "post_id": data["id"],
        "created_at": datetime.fromisoformat(data["created_at"]).astimezone(UTC).replace(tzinfo=None),
        "received_at": received_at(record),
        "user_id": data.get("author_id"),
        "username": author.get("username"),
        "display_name": author.get("name"),
        "nb_friends": metrics.get("following_count"),
        "nb_followers": metrics.get("followers_count"),
        "lang": data.get("lang"),
        "op": "update" if data["edit_history_tweet_ids"][0] != data["id"] else "create",
        "is_repost": int(any(r["type"] == "retweeted" for r in data.get("referenced_tweets", []))),
        "spellings": [hashtag["tag"] for hashtag in data["entities"]["hashtags"]],
        "place": (record.partition, record.offset),
    }


def header(record: Record, name: str) -> str:
    return (dict(record.headers or ())[name] or b"").decode()


def received_at(record: Record) -> datetime:
    return EPOCH + timedelta(microseconds=int(header(record, "received_at")))


def _post_row(post: dict[str, Any]) -> tuple[Any, ...]:
    names = ("received_at", "user_id", "lang", "op", "is_repost")
    version_at = None  # X gives each version an id of its own
    first = (post["source"], post["post_id"], post["created_at"], version_at)
    return (*first, *(post[name] for name in names), len(post["spellings"]), 0, 0, *post["place"])


def _rejected_row(record: Record, topic_id: str) -> tuple[Any, ...]:
    reason = "not_a_post" if record.value == b"[]" else "not_json"
    place = (topic_id, record.partition, record.offset, record.topic)
    return (*place, header(record, "source"), reason, record.value, received_at(record))


def _users(posts: list[dict[str, Any]]) -> Rows:
    by_user = defaultdict(list)
    for post in posts:
        if post["user_id"] is not None:
            by_user[post["source"], post["user_id"]].append(post)
    rows: Rows = []
    for (source, user_id), theirs in by_user.items():
        told = [post for post in theirs if any(post[name] is not None for name in PROFILE)]
        newest: Any = max(
            told, key=lambda post: (post["created_at"], post["post_id"]), default=defaultdict(lambda: None)
        )
        written = [post["created_at"] for post in theirs]
        profile = [newest["username"], *(newest[name] for name in PROFILE)]
        seen = (len(theirs), min(written), max(written))
        rows.append((source, user_id, *profile, *seen, newest["created_at"], newest["post_id"]))
    return rows


def _uses(posts: list[dict[str, Any]]) -> Tables:
    uses: Rows = []
    minutes: Counter[Any] = Counter()
    hours: Counter[Any] = Counter()
    days: Counter[Any] = Counter()
    for post in posts:
        at = post["created_at"]
        for position, spelling in enumerate(post["spellings"]):
            key = normalize("NFC", normalize("NFC", spelling).casefold())
            uses.append((post["source"], post["post_id"], position, key, spelling, at))
            minutes[at.replace(second=0, microsecond=0), post["source"], key] += 1
            hours[at.replace(minute=0, second=0, microsecond=0), post["source"], key] += 1
            days[at.replace(hour=0, minute=0, second=0, microsecond=0), post["source"], key] += 1
    return {
        "hashtags": uses,
        "hashtag_minutes": [(*bucket, number) for bucket, number in minutes.items()],
        "hashtag_hours": [(*bucket, number) for bucket, number in hours.items()],
        "hashtag_days": [(*bucket, number) for bucket, number in days.items()],
    }


def _post_minutes(posts: list[dict[str, Any]]) -> Rows:
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for post in posts:
        bucket = sums[post["created_at"].replace(second=0, microsecond=0), post["source"]]
        for at, more in enumerate([1, post["is_repost"], post["op"] == "update", len(post["spellings"])]):
            bucket[at] += more
    return [(*bucket, *found) for bucket, found in sums.items()]
