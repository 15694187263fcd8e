"""Made-up statuses in the exact shape of Mastodon 4, for tests to bend."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from payloads import Json, as_bytes

FIRST_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LINK = '<a href="https://example.org/" rel="nofollow noopener" translate="no">example.org</a>'
MENTION = '<a href="https://made.up/@bo" class="u-url mention">@<span>bo</span></a>'
HASHTAG = (
    '<a href="https://made.up/tags/kafka" class="mention hashtag" rel="tag">#<span>kafka</span></a>'
)


def account(name: str = "ana", **changes: Any) -> Json:
    found: Json = {
        "id": "109275192003234679",
        "username": name,
        "acct": name,
        "display_name": "Ana Lima",
        "bot": False,
        "created_at": "2022-11-02T00:00:00.000Z",
        "note": "<p>made up</p>",
        "url": f"https://made.up/@{name}",
        "uri": f"https://made.up/users/{name}",
        "followers_count": 310,
        "following_count": 120,
        "statuses_count": 4021,
        "fields": [],
    }
    return found | changes


def id_of(number: int) -> str:
    """Ids hold the time, in ms: here of posts a minute apart."""
    return str((int(FIRST_AT.timestamp()) + 60 * number) * 1000 << 16)


def status(number: int = 0, *, hashtags: Sequence[str] = (), **changes: Any) -> Json:
    """The number-th post of a made-up timeline, with a post each minute."""
    created_at = (
        (FIRST_AT + timedelta(minutes=number))
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
    found: Json = {
        "id": id_of(number),
        "created_at": created_at,
        "in_reply_to_id": None,
        "visibility": "public",
        "language": "en",
        "uri": f"https://made.up/users/ana/statuses/{id_of(number)}",
        "url": f"https://made.up/@ana/{id_of(number)}",
        "replies_count": 0,
        "edited_at": None,
        "content": "<p>made up</p>",
        "reblog": None,
        "account": account(),
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": tag, "url": f"https://made.up/tags/{tag}"} for tag in hashtags],
        "emojis": [],
        "card": None,
        "poll": None,
    }
    return found | changes


def statuses(count: int, *, first: int = 0) -> list[bytes]:
    return [as_bytes(status(number)) for number in range(first, first + count)]
