"""What a decoder returns: a post, a profile, a change of an account, nothing, or why there is
none."""

from enum import StrEnum

import msgspec

from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason


class Post(msgspec.Struct, gc=False, frozen=True):
    """A post of any source, ready for the tables. None means unknown, never 0.

    created_at_ms      ms since 1970, UTC
    username           for charts: without emoji; username_original is as it came
    hashtags           as the author spelled them, without '#', in order; of several spellings of one the first
    op                 create, update or delete; of a delete nothing but post_id counts
    version_ms         ms since 1970: when the source made this version of the post; None where it does not tell
                       versions of a post apart
    first_id           where each version has another id, that of the first: the tables hold the post by it
    text               what the post says, without markup; None where the source tells none, or of a delete
    odd                what had to be left out or repaired
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
    first_id: str | None = None
    text: str | None = None
    odd: frozenset[Oddity] = frozenset()

    @property
    def key(self) -> str:
        """Return the id under which the tables hold the post."""
        return self.first_id or self.post_id


class Profile(msgspec.Struct, gc=False, frozen=True):
    """What a source sends of a user apart from any post. Fields as in Post.

    seen_at_ms  ms since 1970: when the source sent it; None where that is not known
    """

    user_id: str
    username: str | None
    username_original: str | None
    display_name: str | None
    nb_friends: int | None
    nb_followers: int | None
    seen_at_ms: int | None = None
    odd: frozenset[Oddity] = frozenset()


class AccountState(StrEnum):
    """The `state` column of `accounts`."""

    ACTIVE = "active"
    HIDDEN = "hidden"
    """Taken down, suspended or deactivated: its posts may come back."""
    DELETED = "deleted"


class Account(msgspec.Struct, gc=False, frozen=True):
    """What a source sends of the state of an account.

    changed_at_ms  ms since 1970
    """

    user_id: str
    state: AccountState
    changed_at_ms: int


class Rejected(msgspec.Struct, gc=False, frozen=True):
    """Why a payload is no post; detail says what was found."""

    reason: Reason
    detail: str | None = None


class Ignored(msgspec.Struct, gc=False, frozen=True):
    """A payload as it should be, with nothing for the tables; why says what it is.

    kind  what it is counted as, where it is
    """

    why: str
    kind: str | None = None
