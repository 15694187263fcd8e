"""What a decoder gives: a post, or why there is none."""

import msgspec

from tidemark.contracts.reasons import Reason


class Post(msgspec.Struct, gc=False, frozen=True):
    """A post of any source, ready for the tables. None means unknown, never 0.

    created_at_ms      ms since 1970, UTC
    username           for charts: without emoji; username_original is as it came
    hashtags           as the author spelled them, without '#', in order
    op                 create or update
    """

    post_id: str
    created_at_ms: int
    user_id: str | None
    username: str | None
    username_original: str | None
    display_name: str | None
    nb_friends: int | None
    nb_followers: int | None
    lang: str | None
    op: str
    is_repost: bool
    hashtags: tuple[str, ...]
    nb_mentions: int
    nb_links: int


class Rejected(msgspec.Struct, gc=False, frozen=True):
    """Why a payload is no post; detail says what was found."""

    reason: Reason
    detail: str | None = None
