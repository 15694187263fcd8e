"""Made-up posts of a Mastodon instance, as its stream sends them; deletes are bare ids."""

from html import escape
from typing import ClassVar, Final

from msgspec.json import encode

from producer.sources.sample.authors import Author
from producer.sources.sample.faults import (
    Fault,
    Json,
    changed,
    cut_off,
    draw_fault,
    empty,
    in_a_list,
    with_fault,
    with_lone_surrogate,
    without,
)
from producer.sources.sample.posts import Habits, Post, Posts
from producer.sources.sample.timeline import Timeline, iso, lot, parts_of
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic

_INSTANCE: Final = "https://social.example"
_HABITS: Final = Habits(reposts=0.28, hashtags=(0, 0, 0, 1, 1, 2, 2, 3, 3, 3))
_DELETED: Final = 0.03
_FAULTY: Final = 0.008

_FAULTS: Final[tuple[Fault, ...]] = (
    cut_off,
    empty,
    in_a_list,
    without("account"),
    without("id"),
    changed("created_at", "yesterday"),
    without("created_at"),
    changed("id", "9" * 300),
    changed("account.followers_count", "many"),
    changed("account.following_count", -5),
    changed("account.display_name", 7),
    changed("language", "x" * 40),
    changed("content", "<p>Let me tell you everything</p>" * 1_300),
    with_lone_surrogate("account.display_name"),
)


class MastodonFeed:
    """Statuses, boosts, edits and deletes of one instance."""

    source: ClassVar[str] = "sample_mastodon"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, seed: int, timeline: Timeline) -> None:
        self._seed = seed
        self.posts = Posts(seed, timeline, _HABITS)
        self.count = timeline.count
        self.at_ms = timeline.at_ms

    def identify(self, post: Post) -> tuple[str, str]:
        """Return the ids of a new post and of its author, as the decoder reads them."""
        return _id(post.post_id), _uri(post.author)

    def event(self, second: int, number: int, received_at: int) -> Event:
        """Return a status, or the id of one that was deleted."""
        is_delete = lot(self._seed, 8, second, number) < _DELETED
        earlier = self.posts.earlier(second, number) if is_delete else None
        if earlier is not None:
            post_id = _id(earlier.post_id)
            event_id = f"{self.source}:del:{post_id}"
            key = _uri(earlier.author).encode()
            return Event(post_id.encode(), self.source, received_at, key, event_id)
        status = _status(self.posts.at(second, number))
        account_uri, version = status["account"]["uri"], status["edited_at"] or ""
        event_id = f"{self.source}:{status['uri']}@{version}"
        fault = draw_fault(_FAULTS, _FAULTY, self._seed, 7, second, number)
        event = Event(
            encode(status),
            self.source,
            received_at,
            key=account_uri.encode(),
            event_id=event_id,
            rules=("public",),
        )
        return with_fault(event, status, fault)


def _status(post: Post) -> Json:
    """Return a post, a boost, or the new version of a post, with the id of its first."""
    first_id = post.post_id if post.first_version_id is None else post.first_version_id
    created_at_ms, _ = parts_of(first_id)
    is_edit, is_boost = first_id != post.post_id, post.reposted is not None
    account = _account(post.author, post.at_ms // 1000)
    return {
        "id": _id(first_id),
        "created_at": iso(created_at_ms),
        "in_reply_to_id": None,
        "visibility": "public",
        "language": post.language,
        "uri": f"{account['uri']}/statuses/{_id(first_id)}",
        "url": f"{account['url']}/{_id(first_id)}",
        "replies_count": 0,
        "edited_at": iso(post.at_ms) if is_edit else None,
        "content": "" if is_boost else _html(post),
        "reblog": None if post.reposted is None else _status(post.reposted),
        "account": account,
        "media_attachments": [],
        "mentions": [] if is_boost else [_mention(author) for author in post.mentions],
        "tags": [] if is_boost else [_tag(tag) for tag in post.hashtags],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def _id(post_id: int) -> str:
    """Return the id as Mastodon makes them: the time, and 16 bits that tell posts of one ms apart."""
    at_ms, number = parts_of(post_id)
    return str(at_ms << 16 | number & 0xFFFF)


def _account(author: Author, second: int) -> Json:
    return {
        "id": author.author_id,
        "username": author.handle,
        "acct": author.handle,
        "display_name": author.name,
        "bot": False,
        "created_at": iso(author.joined_at_s * 1000),
        "note": "<p>Made up by Tidemark.</p>",
        "url": f"{_INSTANCE}/@{author.handle}",
        "uri": _uri(author),
        "followers_count": author.followers(second),
        "following_count": author.friends(second),
        "statuses_count": author.posts,
        "fields": [],
    }


def _uri(author: Author) -> str:
    return f"{_INSTANCE}/ap/users/{author.author_id}"


def _mention(author: Author) -> Json:
    return {"id": author.author_id, "username": author.handle, "acct": author.handle}


def _tag(tag: str) -> Json:
    return {"name": tag, "url": f"{_INSTANCE}/tags/{tag.lower()}"}


def _html(post: Post) -> str:
    marks = {
        f"#{tag}": _anchor(f"tags/{tag.lower()}", "mention hashtag", f"#{tag}")
        for tag in post.hashtags
    }
    for author in post.mentions:
        marks[f"@{author.handle}"] = _anchor(
            f"@{author.handle}", "u-url mention", f"@{author.handle}"
        )
    for link in post.links:
        marks[link] = f'<a href="{link}" rel="nofollow noopener">{link[8:]}</a>'
    words = [marks.get(word) or escape(word) for word in post.text.split(" ")]
    return f"<p>{' '.join(words)}</p>"


def _anchor(path: str, kind: str, text: str) -> str:
    return f'<a href="{_INSTANCE}/{path}" class="{kind}">{text[0]}<span>{text[1:]}</span></a>'
