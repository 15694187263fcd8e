"""What the tables must hold after some batches, in dictionaries: no SQL, no decoder of ours.

Knows just as much of a payload as the made-up posts of payloads.py need.
"""

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from e2e.x_posts import distinct_hashtags, hashtag_key
from kafka_records import Record

Rows = list[tuple[Any, ...]]
Tables = dict[str, Rows]
PROFILE = ("username", "display_name", "nb_friends", "nb_followers")
NO_POST: dict[str, Any] = {
    **dict.fromkeys(("version_at", "user_id", "lang", "text")),
    "is_repost": 0,
    "spellings": [],
}
IDS_WITH_TIMES = 2**40
"""Ids of X are larger than this since they have times in them."""
EPOCH = datetime(1970, 1, 1)


def recompute(batches: Iterable[Sequence[Record]], topic_id: str) -> Tables:
    """Each table's rows, in_order; how the records are cut into batches makes no difference."""
    copies: list[dict[str, Any]] = []
    rejected: Rows = []
    for record in itertools.chain.from_iterable(batches):
        told = read_record(record)
        if told is None:
            rejected.append(_rejected_row(record, topic_id))
        elif told["op"] != "notice":
            copies.append(told)
    posts = list(_standing(copies))
    written = [post for post in posts if post["op"] != "delete"]
    found = {
        "posts": [_post_row(post) for post in posts],
        "users": _users(written, [copy for copy in copies if copy["op"] != "delete"]),
        **_uses(written),
        "post_minutes": _post_minutes(written),
        "rejected": rejected,
    }
    return {table: in_order(rows) for table, rows in found.items()}


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: [str(value) for value in row[:5]])


def read_record(record: Record) -> dict[str, Any] | None:
    """Return a version of a post, or what else X says, by its `op`; None for what is nothing of the
    kind."""
    try:
        payload = json.loads(record.value or b"")
    except ValueError:
        return None
    if not isinstance(payload, dict):
        return None
    came_at = received_at(record)
    told: dict[str, Any] = {
        "source": header(record, "source"),
        "received_at": came_at,
        "place": (record.partition, record.offset),
    }
    if "delete" in payload:
        return (
            told
            | NO_POST
            | {
                "op": "delete",
                "post_id": payload["delete"]["status"]["id_str"],
                "created_at": came_at,
            }
        )
    if "data" not in payload:
        return told | {"op": "notice"}
    told |= _version(payload["data"], payload.get("includes", {}))
    latest = came_at + timedelta(minutes=5)
    clamped = {
        at: min(told[at], latest) for at in ("created_at", "version_at") if told[at] is not None
    }
    return told | {at: _in_ms(moment) for at, moment in clamped.items()}


def _version(data: dict[str, Any], includes: dict[str, Any]) -> dict[str, Any]:
    authors = {user["id"]: user for user in includes.get("users", [])}
    author = authors.get(data.get("author_id"), {})
    metrics = author.get("public_metrics", {})
    first_id = data["edit_history_tweet_ids"][0]
    is_edit = first_id != data["id"]
    made_at = datetime.fromisoformat(data["created_at"]).astimezone(UTC).replace(tzinfo=None)
    if is_edit and int(first_id) >= IDS_WITH_TIMES:
        made_at = min(made_at, _id_at(first_id).replace(microsecond=0))
    return {
        "post_id": first_id,
        "created_at": made_at,
        "version_at": _id_at(data["id"]) if is_edit else None,
        "user_id": data.get("author_id"),
        "username": author.get("username"),
        "display_name": author.get("name"),
        "nb_friends": _count(metrics.get("following_count")),
        "nb_followers": _count(metrics.get("followers_count")),
        "lang": data.get("lang"),
        "text": data.get("note_tweet", data).get("text"),
        "op": "update" if is_edit else "create",
        "is_repost": int(any(r["type"] == "retweeted" for r in data.get("referenced_tweets", []))),
        "spellings": distinct_hashtags(hashtag["tag"] for hashtag in data["entities"]["hashtags"]),
    }


def _id_at(post_id: str) -> datetime:
    number = int(post_id)
    return EPOCH + timedelta(
        milliseconds=number if number < IDS_WITH_TIMES else (number >> 22) + 1_288_834_974_657
    )


def _count(found: Any) -> int | None:
    return found if isinstance(found, int) and 0 <= found < 2**63 else None


def _in_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def _standing(copies: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each post once, whatever the order its copies come in: the newest version, unless it
    was deleted."""
    by_post = defaultdict(list)
    for copy in sorted(copies, key=lambda copy: (copy["received_at"], *copy["place"])):
        by_post[copy["source"], copy["post_id"]].append(copy)
    for theirs in by_post.values():
        deletes = [copy for copy in theirs if copy["op"] == "delete"]
        newest = max(
            theirs, key=lambda copy: (copy["version_at"] or EPOCH, copy["user_id"] is not None)
        )
        yield (
            deletes[0]
            if deletes
            else newest | {"created_at": min(copy["created_at"] for copy in theirs)}
        )


def header(record: Record, name: str) -> str:
    return (dict(record.headers or ())[name] or b"").decode()


def received_at(record: Record) -> datetime:
    return EPOCH + timedelta(microseconds=int(header(record, "received_at")))


def _post_row(post: dict[str, Any]) -> tuple[Any, ...]:
    names = ("received_at", "user_id", "lang", "op", "is_repost")
    first = (post["source"], post["post_id"], _in_ms(post["created_at"]), post["version_at"])
    return (
        *first,
        *(post[name] for name in names),
        len(post["spellings"]),
        0,
        0,
        *post["place"],
        post["text"],
    )


def _rejected_row(record: Record, topic_id: str) -> tuple[Any, ...]:
    reason = "not_a_post" if record.value == b"[]" else "not_json"
    place = (topic_id, record.partition, record.offset, record.topic)
    return (*place, header(record, "source"), reason, record.value, received_at(record))


def _users(posts: Iterable[dict[str, Any]], copies: Iterable[dict[str, Any]]) -> Rows:
    """Return the authors: of how many posts that stand, and what the newest of all copies says of
    them."""
    written = Counter((post["source"], post["user_id"]) for post in posts)
    by_user = defaultdict(list)
    for copy in copies:
        if copy["user_id"] is not None:
            by_user[copy["source"], copy["user_id"]].append(copy)
    rows: Rows = []
    for user, theirs in by_user.items():
        told = [copy for copy in theirs if any(copy[name] is not None for name in PROFILE)]
        newest: Any = max(told, key=_newness, default=defaultdict(lambda: None))
        profile = [newest["username"], *(newest[name] for name in PROFILE)]
        seen = [copy["created_at"] for copy in theirs]
        told_at = _told_at(newest) if told else None
        rows.append(
            (*user, *profile, written[user], min(seen), max(seen), told_at, newest["post_id"])
        )
    return rows


def _newness(copy: dict[str, Any]) -> tuple[datetime, str, int]:
    """Of copies that tell different numbers the greater decide, so that the order does not."""
    return _told_at(copy), copy["post_id"], copy["nb_followers"] or 0


def _told_at(copy: dict[str, Any]) -> datetime:
    at: datetime = max(copy["version_at"] or EPOCH, copy["created_at"])
    return at


def _uses(posts: list[dict[str, Any]]) -> Tables:
    uses: Rows = []
    minutes: Counter[Any] = Counter()
    hours: Counter[Any] = Counter()
    days: Counter[Any] = Counter()
    for post in posts:
        at = post["created_at"]
        for position, spelling in enumerate(post["spellings"]):
            key = hashtag_key(spelling)
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
        for at, more in enumerate(
            [1, post["is_repost"], post["op"] == "update", len(post["spellings"])]
        ):
            bucket[at] += more
    return [(*bucket, *found) for bucket, found in sums.items()]
