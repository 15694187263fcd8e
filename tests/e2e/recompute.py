"""What the tables must hold, computed from raw payloads with nothing of ours: plain json, dicts and
loops.

    PYTHONPATH=tests:tests/support python -m e2e.recompute FILE...    prints every row as a line of JSON

Written from the design, its decisions and the comments in sql/migrations, not from the code that it
checks. Rows are tuples in the order of COLUMNS. What a payload cannot tell, where and when it came,
is in none of them.
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

from e2e.x_posts import EPOCH, PROFILE, Json, for_charts, hashtag_key, in_utc, is_notice, post_of

Tables = dict[str, list[tuple[Any, ...]]]

LATE = datetime.max

COLUMNS = {
    "posts": (
        *("source", "post_id", "created_at", "user_id", "lang", "op", "is_repost"),
        *("nb_hashtags", "nb_mentions", "nb_links"),
    ),
    "post_minutes": ("minute_at", "source", "posts", "reposts", "edits", "hashtag_uses"),
    "users": (
        *(
            "source",
            "user_id",
            "username",
            "username_original",
            "display_name",
            "nb_friends",
            "nb_followers",
        ),
        *("posts", "first_seen_at", "last_seen_at", "profile_at", "profile_post_id"),
    ),
    "hashtags": ("source", "post_id", "position", "hashtag", "spelling", "created_at"),
    "hashtag_minutes": ("minute_at", "source", "hashtag", "uses"),
    "hashtag_hours": ("hour_at", "source", "hashtag", "uses"),
    "hashtag_days": ("day_at", "source", "hashtag", "uses"),
}


def recompute(
    payloads: Iterable[bytes], source: str = "x", arrivals: Iterable[datetime] | None = None
) -> Tables:
    """Return all rows, sorted. Payloads, and the instants of their arrival, are in the order in
    which they came.

    Where no arrivals are told, each is taken to have come long after what it tells of.
    """
    told = (
        zip(payloads, repeat(LATE), strict=False)
        if arrivals is None
        else zip(payloads, arrivals, strict=True)
    )
    copies = [copy for payload, came_at in told for copy in _copies(json.loads(payload), came_at)]
    posts = list(_standing(copies))
    written = [post for post in posts if post["op"] != "delete"]
    rows = {
        "posts": [_post_row(source, post) for post in posts],
        "post_minutes": _post_minutes(source, written),
        "users": _user_rows(source, written, [copy for copy in copies if copy["op"] != "delete"]),
        "hashtags": list(_hashtag_rows(source, written)),
        "hashtag_minutes": _uses(source, written, second=0),
        "hashtag_hours": _uses(source, written, second=0, minute=0),
        "hashtag_days": _uses(source, written, second=0, minute=0, hour=0),
    }
    return {table: sorted(found, key=repr) for table, found in rows.items()}


def payloads_of(path: Path) -> list[bytes]:
    """The lines of a file, plain or .gz."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [line for line in text.split(b"\n") if line.strip()]


def _copies(document: Json, came_at: datetime) -> Iterator[Json]:
    """Yield what a payload tells of a post, if of any; no instant of it is later than five minutes
    after it came."""
    if is_notice(document):
        return
    copy = post_of(document)
    latest = came_at if came_at == LATE else in_utc(came_at) + timedelta(minutes=5)
    version_at = copy["version_at"] and min(copy["version_at"], latest)
    yield copy | {"at": min(copy["at"] or came_at, latest), "version_at": version_at}


def _standing(copies: Iterable[Json]) -> Iterator[Json]:
    """Yield each post once: its newest version, and of copies of that one that knows its author,
    then the first."""
    by_post: dict[str, list[Json]] = {}
    for copy in copies:
        by_post.setdefault(copy["id"], []).append(copy)
    for theirs in by_post.values():
        deletes = [copy for copy in theirs if copy["op"] == "delete"]
        newest = max(
            theirs, key=lambda copy: (copy["version_at"] or EPOCH, copy["user_id"] is not None)
        )
        yield deletes[0] if deletes else newest | {"at": min(copy["at"] for copy in theirs)}


def _post_row(source: str, post: Json) -> tuple[Any, ...]:
    counts = (len(post["tags"]), post["mentions"], post["links"])
    known = (post["user_id"], post["lang"], post["op"], int(post["is_repost"]))
    return (source, post["id"], post["at"], *known, *counts)


def _post_minutes(source: str, posts: Iterable[Json]) -> list[tuple[Any, ...]]:
    sums: dict[datetime, Counter[str]] = {}
    for post in posts:
        minute = sums.setdefault(post["at"].replace(second=0, microsecond=0), Counter())
        minute["posts"] += 1
        minute["reposts"] += post["is_repost"]
        minute["edits"] += post["op"] == "update"
        minute["uses"] += len(post["tags"])
    return [(at, source, c["posts"], c["reposts"], c["edits"], c["uses"]) for at, c in sums.items()]


def _user_rows(source: str, posts: Iterable[Json], copies: Iterable[Json]) -> list[tuple[Any, ...]]:
    """Return the authors: of how many posts that stand, and with the profile that the newest of all
    copies tells."""
    written = Counter(post["user_id"] for post in posts)
    by_user: dict[str, list[Json]] = {}
    for copy in copies:
        if copy["user_id"] is not None:
            by_user.setdefault(copy["user_id"], []).append(copy)
    return [
        _user_row(source, user_id, written[user_id], theirs) for user_id, theirs in by_user.items()
    ]


def _user_row(source: str, user_id: str, posts: int, copies: list[Json]) -> tuple[Any, ...]:
    seen = sorted(copy["at"] for copy in copies)
    telling = [copy for copy in copies if any(copy[known] is not None for known in PROFILE)]
    profile: tuple[Any, ...] = (None,) * 5
    told: tuple[Any, ...] = (None,) * 2
    if telling:
        # Of copies that tell different numbers the greater decide, so that the order does not.
        newest = max(telling, key=lambda copy: (_told_at(copy), copy["id"], copy["followers"] or 0))
        original = newest["handle"] or newest["name"]
        profile = (
            for_charts(original),
            original,
            newest["name"],
            newest["friends"],
            newest["followers"],
        )
        told = (_told_at(newest), newest["id"])
    return (source, user_id, *profile, posts, seen[0], seen[-1], *told)


def _told_at(copy: Json) -> datetime:
    at: datetime = max(copy["version_at"] or EPOCH, copy["at"])
    return at


def _hashtag_rows(source: str, posts: Iterable[Json]) -> Iterator[tuple[Any, ...]]:
    for post in posts:
        for position, spelling in enumerate(post["tags"]):
            yield source, post["id"], position, hashtag_key(spelling), spelling, post["at"]


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
            print(
                json.dumps(
                    {"table": table, **dict(zip(COLUMNS[table], row, strict=True))}, default=str
                )
            )
