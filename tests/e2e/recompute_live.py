"""What the tables must hold of Bluesky's messages and of Mastodon's statuses, with plain json and
nothing of ours.

Each function gives the rows of QUESTIONS, sorted; payloads are in the order in which they were
sent. What was sent is taken to have been received later than all that it tells of.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from e2e.x_posts import EPOCH, Json, count, distinct_hashtags, fitting, hashtag_key

Rows = list[tuple[Any, ...]]

STORED = ("app.bsky.feed.post", "app.bsky.feed.repost")

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
    """Return the rows of what Jetstream sent; `people` are the profiles that were looked up, by
    did."""
    told = [json.loads(message) for message in messages]
    commits = [message for message in told if message.get("commit", {}).get("collection") in STORED]
    deleted = {_uri(message) for message in commits if message["commit"]["operation"] == "delete"}
    written = [
        _version(message) for message in commits if message["commit"]["operation"] != "delete"
    ]
    gone_at, hidden = _accounts(told)
    seen = [
        v
        for v in written
        if v["user"] not in hidden and v["version_at"] > gone_at.get(v["user"], EPOCH)
    ]
    posts = _newest(seen)
    left = {post["user"] for uri, post in posts.items() if uri not in deleted}
    profiles = {did: json.loads(profile) for did, profile in people.items()}
    users = {
        did: _profile(profiles.get(did, {}))
        for did in {version["user"] for version in seen}
        if did in left or did not in gone_at
    }
    return _tables(posts, deleted, users)


def _profile(profile: Json) -> tuple[Any, ...]:
    counts = (profile.get("followsCount"), profile.get("followersCount"))
    return (profile.get("handle"), *map(count, counts))


def _uri(message: Json) -> str:
    return f"at://{message['did']}/{message['commit']['collection']}/{message['commit']['rkey']}"


def _version(message: Json) -> Json:
    change, record = message["commit"], message["commit"]["record"]
    features = [feature for facet in record.get("facets", []) for feature in facet["features"]]
    tags = [f["tag"] for f in features if f["$type"].endswith("#tag")] + record.get("tags", [])
    return {
        "id": _uri(message),
        "op": change["operation"],
        "at": _sent_at(message),
        "version_at": _sent_at(message),
        "user": message["did"],
        "lang": fitting(next(iter(record.get("langs", [])), None), 35),
        "is_repost": int(change["collection"].endswith("repost")),
        "tags": distinct_hashtags(tags),
    }


def _sent_at(message: Json) -> datetime:
    return EPOCH + timedelta(milliseconds=message["time_us"] // 1000)


def _accounts(messages: Iterable[Json]) -> tuple[dict[str, datetime], set[str]]:
    """Return when accounts were deleted last, by did, and which are hidden: what the newest event
    of each says."""
    gone_at: dict[str, datetime] = {}
    standing: dict[str, bool] = {}
    for message in sorted(
        (m for m in messages if m.get("kind") == "account"), key=lambda m: m["time_us"]
    ):
        did, account = message["did"], message["account"]
        if not account["active"] and account.get("status") in ("throttled", "desynchronized"):
            continue
        is_deleted = not account["active"] and account.get("status") == "deleted"
        standing[did] = account["active"] or is_deleted
        if is_deleted:
            gone_at[did] = _sent_at(message)
    return gone_at, {did for did, is_shown in standing.items() if not is_shown}


def mastodon(payloads: Iterable[bytes]) -> dict[str, Rows]:
    """Return the rows of statuses, and of the bare ids of those that were deleted."""
    told = [json.loads(payload) for payload in payloads]
    deleted = {str(post_id) for post_id in told if not isinstance(post_id, dict)}
    users: dict[str, tuple[Any, ...]] = {}
    newest: dict[str, tuple[datetime, str]] = {}
    written = []
    for status in (status for status in told if isinstance(status, dict)):
        account, tagged = status["account"], status["reblog"] or status
        at, user = _instant(status["created_at"]), account.get("uri") or account["url"]
        edited_at = _instant(status["edited_at"]) if status["edited_at"] else None
        written.append(
            {
                "id": status["id"],
                "op": "update" if edited_at else "create",
                "at": at,
                "version_at": edited_at or EPOCH,
                "user": user,
                "lang": fitting(status["language"], 35),
                "is_repost": int(status["reblog"] is not None),
                "tags": distinct_hashtags(tag["name"] for tag in tagged["tags"]),
            }
        )
        told_at = max(at, edited_at or at), status["id"]
        if user not in newest or told_at > newest[user]:
            newest[user] = told_at
            counts = (account["following_count"], account["followers_count"])
            users[user] = (account["acct"], *(count(found) for found in counts))
    return _tables(_newest(written), deleted, users)


def _newest(versions: Iterable[Json]) -> dict[str, Json]:
    """Return the posts by id: of each its newest version, of copies the first, and the earliest of
    all instants."""
    found: dict[str, Json] = {}
    for version in versions:
        known = found.setdefault(version["id"], version)
        stands = version if version["version_at"] > known["version_at"] else known
        found[version["id"]] = stands | {"at": min(version["at"], known["at"])}
    return found


def _tables(
    posts: dict[str, Json], deleted: set[str], users: Mapping[str, tuple[Any, ...]]
) -> dict[str, Rows]:
    left = {uri: post for uri, post in posts.items() if uri not in deleted}
    uses = [(uri, at, tag) for uri, post in left.items() for at, tag in enumerate(post["tags"])]
    minutes = Counter((_minute(left[uri]["at"]), hashtag_key(tag)) for uri, _, tag in uses)
    written = Counter(_minute(post["at"]) for post in left.values())
    reposts = Counter(_minute(post["at"]) for post in left.values() if post["is_repost"])
    by_user = Counter(post["user"] for post in left.values())
    found: dict[str, Rows] = {
        "posts": [
            (uri, p["op"], p["at"], p["user"], p["lang"], p["is_repost"], len(p["tags"]))
            for uri, p in left.items()
        ],
        "deleted": [(uri,) for uri in deleted],
        "hashtags": [(uri, at, hashtag_key(tag), tag) for uri, at, tag in uses],
        "hashtag_minutes": [(*key, n) for key, n in minutes.items()],
        "post_minutes": [(minute, n, reposts[minute]) for minute, n in written.items()],
        "users": [(user, by_user[user]) for user in users],
        "profiles": [(user, *told) for user, told in users.items()],
    }
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
