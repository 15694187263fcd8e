"""What a decoder gives: a post, a profile, nothing, or why there is none."""

import msgspec

from tidemark.contracts.reasons import Reason


class Post(msgspec.Struct, gc=False, frozen=True):
    """A post of any source, ready for the tables. None means unknown, never 0.

    created_at_ms      ms since 1970, UTC
    username           for charts: without emoji; username_original is as it came
    hashtags           as the author spelled them, without '#', in order
    op                 create, update or delete; of a delete nothing but post_id counts
    version_ms         ms since 1970: when the source made this version of the post; None where it does not tell
                       versions of a post apart
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
    version_ms: int | None = None


class Profile(msgspec.Struct, gc=False, frozen=True):
    """What a source says of a user apart from any post. Fields as in Post.

    seen_at_ms  ms since 1970: when the source said so; None where it does not tell
    """

    user_id: str
    username: str | None
    username_original: str | None
    display_name: str | None
    nb_friends: int | None
    nb_followers: int | None
    seen_at_ms: int | None = None


class Rejected(msgspec.Struct, gc=False, frozen=True):
    """Why a payload is no post; detail says what was found."""

    reason: Reason
    detail: str | None = None


class Ignored(msgspec.Struct, gc=False, frozen=True):
    """A payload as it should be, with nothing for the tables; why says what it is."""

    why: str
