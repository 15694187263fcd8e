"""What the tables must hold of Bluesky's messages and of Mastodon's statuses, with plain json and nothing of ours.

Each function gives the rows of QUESTIONS, sorted; payloads are in the order in which they were sent.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
Rows = list[tuple[Any, ...]]

QUESTIONS = {
    "posts": "SELECT post_id, op, created_at, user_id, lang, is_repost, nb_hashtags FROM {db}.posts "
    "WHERE source = %s AND op <> 'delete'",
    "deleted": "SELECT post_id FROM {db}.posts WHERE source = %s AND op = 'delete'",
    "hashtags": "SELECT post_id, position, hashtag, spelling FROM {db}.hashtags WHERE source = %s",
    "hashtag_minutes": "SELECT minute_at, hashtag, uses FROM {db}.hashtag_minutes WHERE source = %s",
    "post_minutes": "SELECT minute_at, posts, reposts FROM {db}.post_minutes WHERE source = %s",
    "users": "SELECT user_id, posts FROM {db}.users WHERE source = %s",
    "profiles": "SELECT user_id, username_original, nb_friends, nb_followers FROM {db}.users "
    "WHERE source = %s AND username IS NOT NULL",
}


def bluesky(messages: Iterable[bytes], people: Mapping[str, bytes]) -> dict[str, Rows]:
    """`people` are the profiles that were looked up, by did."""
    posts: dict[str, Json] = {}
    deleted, authors = set(), set()
    for message in map(json.loads, messages):
        change = message.get("commit", {})
        if change.get("collection") not in ("app.bsky.feed.post", "app.bsky.feed.repost"):
            continue
        uri = f"at://{message['did']}/{change['collection']}/{change['rkey']}"
        if change["operation"] == "delete":
            deleted.add(uri)
            continue
        record = change["record"]
        features = [feature for facet in record.get("facets", []) for feature in facet["features"]]
        tags = [f["tag"] for f in features if f["$type"].endswith("#tag")] + record.get("tags", [])
        authors.add(message["did"])
        posts[uri] = {
            "op": change["operation"],
            "at": datetime(1970, 1, 1) + timedelta(milliseconds=message["time_us"] // 1000),
            "user": message["did"],
            "lang": next(iter(record.get("langs", [])), None),
            "is_repost": int(change["collection"].endswith("repost")),
            "tags": list(dict.fromkeys(tags)),
        }
    told = {did: json.loads(profile) for did, profile in people.items()}
    names = ("handle", "followsCount", "followersCount")
    users = {did: tuple(told.get(did, {}).get(name) for name in names) for did in authors}
    return _tables(posts, deleted, users)


def mastodon(statuses: Iterable[bytes]) -> dict[str, Rows]:
    posts: dict[str, Json] = {}
    users: dict[str, tuple[Any, ...]] = {}
    newest: dict[str, tuple[datetime, str]] = {}
    for status in map(json.loads, statuses):
        account = status["account"]
        tagged = status["reblog"] or status
        posts[status["id"]] = {
            "op": "update" if status["edited_at"] else "create",
            "at": _instant(status["created_at"]),
            "user": account.get("uri") or account["url"],
            "lang": status["language"],
            "is_repost": int(status["reblog"] is not None),
            "tags": [tag["name"] for tag in tagged["tags"]],
        }
        user = posts[status["id"]]["user"]
        told = _instant(status["edited_at"] or status["created_at"]), status["id"]
        if user not in newest or told > newest[user]:
            newest[user] = told
            users[user] = (account["acct"], account["following_count"], account["followers_count"])
    return _tables(posts, set(), users)


def _tables(posts: dict[str, Json], deleted: set[str], users: Mapping[str, tuple[Any, ...]]) -> dict[str, Rows]:
    left = {uri: post for uri, post in posts.items() if uri not in deleted}
    uses = [(uri, at, tag) for uri, post in left.items() for at, tag in enumerate(post["tags"])]
    minutes = Counter((_minute(left[uri]["at"]), _key(tag)) for uri, _, tag in uses)
    written = Counter(_minute(post["at"]) for post in left.values())
    reposts = Counter(_minute(post["at"]) for post in left.values() if post["is_repost"])
    by_user = Counter(post["user"] for post in left.values())
    found: dict[str, Rows] = {
        "posts": [
            (uri, p["op"], p["at"], p["user"], p["lang"], p["is_repost"], len(p["tags"])) for uri, p in left.items()
        ],
        "deleted": [(uri,) for uri in deleted],
        "hashtags": [(uri, at, _key(tag), tag) for uri, at, tag in uses],
        "hashtag_minutes": [(*key, n) for key, n in minutes.items()],
        "post_minutes": [(minute, n, reposts[minute]) for minute, n in written.items()],
        "users": [(user, by_user[user]) for user in users],
        "profiles": [(user, *told) for user, told in users.items()],
    }
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def _key(spelling: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", spelling).casefold())


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
