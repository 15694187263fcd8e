"""Made-up posts of Bluesky, as Jetstream sends them, each followed by its author's profile."""

from typing import ClassVar, Final, NamedTuple

from msgspec.json import encode

from producer.sources.sample.authors import Author
from producer.sources.sample.bluesky_record import POST, REPOST, did_of, post_record, repost_record
from producer.sources.sample.faults import (
    Fault,
    Json,
    changed,
    cut_off,
    draw_fault,
    with_fault,
    with_lone_surrogate,
    without,
)
from producer.sources.sample.posts import Habits, Post, Posts
from producer.sources.sample.timeline import Timeline, iso, lot, record_key
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic

_HABITS: Final = Habits(reposts=0.2, hashtags=(0, 0, 0, 0, 0, 0, 0, 1, 1, 2))
_DELETED: Final = 0.04
_IDENTITIES: Final = 0.002
_CLOSED: Final = 0.02
"""Of accounts that have just begun to write."""
_FAULTY: Final = 0.008

_FAULTS: Final[tuple[Fault, ...]] = (
    cut_off,
    without("did"),
    changed("kind", "mystery"),
    changed("commit.rkey", ""),
    changed("commit.operation", "guess"),
    changed("commit.record.langs", ["x" * 40]),
    changed("commit.record.tags", ["h" * 300]),
    changed("commit.record.tags", [f"tag{number}" for number in range(120)]),
    with_lone_surrogate("commit.record.text"),
)
_FAULTS_OF_PROFILES: Final[tuple[Fault, ...]] = (
    changed("displayName", "x" * 300),
    with_lone_surrogate("displayName"),
)


class BlueskyFeed:
    """Every even number is a change of a record or an account, the odd one after it a profile."""

    source: ClassVar[str] = "sample_bluesky"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, seed: int, timeline: Timeline) -> None:
        self._seed = seed
        self._timeline = timeline
        self.posts = Posts(seed, timeline, _HABITS)
        self._newest: tuple[int, int, _Change] | None = None

    def count(self, second: int) -> int:
        """Return the number of messages and profiles."""
        return 2 * self._timeline.count(second)

    def at_ms(self, second: int, number: int) -> int:
        """Return when the message was sent."""
        return self._timeline.at_ms(second, number // 2)

    def identify(self, post: Post) -> tuple[str, str]:
        """Return the ids of a new post and of its author, as the decoder reads them."""
        did = did_of(post.author)
        return f"at://{did}/{POST}/{record_key(post.post_id)}", did

    def event(self, second: int, number: int, received_at: int) -> Event:
        """Return a message of Jetstream, or a profile as getProfiles answers it."""
        change = self._change_at(second, number // 2)
        if number % 2:
            document, faults = _profile(change.author, change.at_ms), _FAULTS_OF_PROFILES
            name = f"profile:{change.name}"
        else:
            document, name = change.message, change.name
            faults = _FAULTS if "record" in document.get("commit", {}) else ()
        fault = draw_fault(faults, _FAULTY, self._seed, 7, second, number) if faults else None
        did = did_of(change.author)
        event_id = f"{self.source}:{did}/{name}"
        event = Event(encode(document), self.source, received_at, did.encode(), event_id)
        return with_fault(event, document, fault)

    def _change_at(self, second: int, number: int) -> "_Change":
        """Return the change; the profile, which comes next, needs the same one."""
        if self._newest is None or self._newest[:2] != (second, number):
            self._newest = (second, number, self._make(second, number))
        return self._newest[2]

    def _make(self, second: int, number: int) -> "_Change":
        drawn = lot(self._seed, 8, second, number)
        earlier = self.posts.earlier(second, number) if drawn > 1 - _DELETED else None
        post = self.posts.at(second, number)
        if earlier is not None:
            return _delete(earlier, post)
        if drawn < _CLOSED and post.author.is_new:
            return _account(post)
        if drawn < _IDENTITIES:
            return _identity(post)
        return _write(post)


class _Change(NamedTuple):
    """A message of Jetstream; name is unique among those of the author."""

    message: Json
    name: str
    author: Author
    at_ms: int


def _write(post: Post) -> _Change:
    """Return the commit of a post, a repost or an edit."""
    is_repost, first_id = post.reposted is not None, post.first_version_id
    rkey = record_key(post.post_id if first_id is None else first_id)
    written = {
        "operation": "create" if first_id is None else "update",
        "collection": REPOST if is_repost else POST,
        "rkey": rkey,
        "record": repost_record(post) if is_repost else post_record(post),
        "cid": f"bafyreimadeup{rkey}",
    }
    return _commit(post, post.author, written)


def _delete(deleted: Post, at: Post) -> _Change:
    rkey = record_key(deleted.post_id)
    written = {"operation": "delete", "collection": POST, "rkey": rkey}
    return _commit(at, deleted.author, written)


def _commit(at: Post, author: Author, written: Json) -> _Change:
    commit = {"rev": record_key(at.post_id)} | written
    name = f"{commit['collection']}/{commit['rkey']}@{commit['rev']}"
    return _changed(at, author, "commit", commit, name)


def _account(post: Post) -> _Change:
    state = {"active": False, "status": "deactivated"} | _numbered(post)
    return _changed(post, post.author, "account", state, f"account:{post.post_id}")


def _identity(post: Post) -> _Change:
    identity = {"handle": f"{post.author.handle}.example.org"} | _numbered(post)
    return _changed(post, post.author, "identity", identity, f"identity:{post.post_id}")


def _numbered(post: Post) -> Json:
    return {"did": did_of(post.author), "seq": post.post_id, "time": iso(post.at_ms)}


def _changed(at: Post, author: Author, kind: str, content: Json, name: str) -> _Change:
    message = {"did": did_of(author), "time_us": at.at_ms * 1000, "kind": kind, kind: content}
    return _Change(message, name, author, at.at_ms)


def _profile(author: Author, at_ms: int) -> Json:
    second = at_ms // 1000
    return {
        "did": did_of(author),
        "handle": f"{author.handle}.example.org",
        "displayName": author.name,
        "labels": [],
        "followersCount": author.followers(second),
        "followsCount": author.friends(second),
        "postsCount": author.posts,
        "createdAt": iso(author.joined_at_s * 1000),
    }
