"""Made-up messages in the exact shape of Bluesky's Jetstream v1, and profiles, for tests to
bend."""

from collections.abc import Sequence
from typing import Any

from payloads import Json, as_bytes

DID = "did:plc:madeupmadeupmadeupmadeup"
TIME_US = 1_772_368_496_789_123
POST = "app.bsky.feed.post"
REPOST = "app.bsky.feed.repost"


def facet(**feature: Any) -> Json:
    """One feature of app.bsky.richtext.facet; `kind` is what follows the #."""
    kind = feature.pop("kind")
    return {
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}"} | feature],
        "index": {"byteStart": 0, "byteEnd": 9},
    }


def record(*, hashtags: Sequence[str] = (), **changes: Any) -> Json:
    found: Json = {
        "$type": POST,
        "createdAt": "2026-03-01T12:34:55.111Z",
        "langs": ["en"],
        "text": " ".join(["made up", *(f"#{tag}" for tag in hashtags)]),
    }
    if hashtags:
        found["facets"] = [facet(kind="tag", tag=tag) for tag in hashtags]
    return found | changes


def commit(rkey: str = "3kmadeup00001", **changes: Any) -> Json:
    """A post; `changes` go into `commit`, but did and time_us beside it. None takes a field out."""
    outer = {
        "did": changes.pop("did", DID),
        "time_us": changes.pop("time_us", TIME_US),
        "kind": "commit",
    }
    inner = {
        "rev": f"{rkey[:-1]}r",
        "operation": "create",
        "collection": POST,
        "rkey": rkey,
        "record": record(),
        "cid": "bafyreimadeup",
    } | changes
    return without_none(outer | {"commit": without_none(inner)})


def repost(rkey: str = "3kmadeup00001", **changes: Any) -> Json:
    subject = {"cid": "bafyreimadeup", "uri": f"at://did:plc:other/{POST}/3kother"}
    said = {"$type": REPOST, "createdAt": "2026-03-01T12:34:55.111Z", "subject": subject}
    return commit(rkey, **{"collection": REPOST, "record": said} | changes)


def deleted(rkey: str = "3kmadeup00001", **changes: Any) -> Json:
    return commit(rkey, **{"operation": "delete", "record": None, "cid": None} | changes)


def identity(
    did: str = DID, *, seq: int | None = 30340180350, time_us: int = TIME_US, **changes: Any
) -> Json:
    said = {"did": did, "seq": seq, "time": "2026-03-01T12:34:56.000Z"} | changes
    return {"did": did, "time_us": time_us, "kind": "identity", "identity": without_none(said)}


def account(did: str = DID, *, active: bool = True, time_us: int = TIME_US, **changes: Any) -> Json:
    said = {
        "active": active,
        "did": did,
        "seq": 30340180351,
        "time": "2026-03-01T12:34:56.000Z",
    } | changes
    return {"did": did, "time_us": time_us, "kind": "account", "account": said}


def profile(did: str = DID, **changes: Any) -> Json:
    """One of the profiles that app.bsky.actor.getProfiles answers."""
    found = {
        "did": did,
        "handle": "ana.example.org",
        "displayName": "Ana Lima",
        "avatar": "https://cdn.example.org/ana.jpg",
        "labels": [],
        "followersCount": 310,
        "followsCount": 120,
        "postsCount": 4021,
        "indexedAt": "2026-01-02T03:04:05.678Z",
    }
    return without_none(found | changes)


def without_none(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def messages(
    count: int, *, first_us: int = TIME_US, step_us: int = 10_000, authors: int = 7
) -> list[bytes]:
    """Posts of some authors, one every step_us."""
    return [
        as_bytes(commit(f"3k{time_us}", did=f"did:plc:author{at % authors}", time_us=time_us))
        for at, time_us in enumerate(range(first_us, first_us + count * step_us, step_us))
    ]
