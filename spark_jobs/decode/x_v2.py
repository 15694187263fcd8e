"""X v2: `data` with its author in `includes.users`, as the filtered stream and the searches send
it.

X is renaming fields; both names are read (note_tweet/note_post, referenced_tweets/referenced_posts,
edit_history_tweet_ids/edit_history_post_ids).
"""

from typing import Any

import msgspec

from spark_jobs.decode.checks import Count, Id, text_of, validate_post
from spark_jobs.decode.instants import ID_DIGITS, iso_ms, snowflake_ms
from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.reading import NOTHING_ODD, Odd
from spark_jobs.decode.x_entities import Entities, Extended, count_links, count_mentions, spellings
from tidemark.contracts.reasons import Reason

_ANY_SNOWFLAKE_MS = 1_288_834_974_657
"""Times in ids are later, and older ids are smaller."""


class Reference(msgspec.Struct, gc=False):
    """A post that was retweeted, quoted or replied to; `twarc2 flatten` puts the whole of it
    here."""

    type: str | None = None
    id: Id = None
    entities: Entities | None = None
    note_tweet: Extended | None = None
    note_post: Extended | None = None


References = list[Reference] | dict[str, Any] | None
EditHistory = list[Id] | dict[str, Any] | None


class Data(msgspec.Struct, gc=False):
    """The post itself."""

    id: Id = None
    author_id: Id = None
    created_at: str | None = None
    lang: str | None = None
    text: str | None = None
    entities: Entities | None = None
    note_tweet: Extended | None = None
    note_post: Extended | None = None
    referenced_tweets: References = None
    referenced_posts: References = None
    edit_history_tweet_ids: EditHistory = None
    edit_history_post_ids: EditHistory = None


class Metrics(msgspec.Struct, gc=False):
    """Whom the author follows, and who follows them."""

    following_count: Count = None
    followers_count: Count = None


class User(msgspec.Struct, gc=False):
    """An account."""

    id: Id = None
    username: str | None = None
    name: str | None = None
    public_metrics: Metrics | None = None


class Includes(msgspec.Struct, gc=False):
    """What the expansions brought."""

    users: list[User] | dict[str, Any] | None = None
    tweets: list[Reference] | dict[str, Any] | None = None
    posts: list[Reference] | dict[str, Any] | None = None


_NOBODY = User()
_UNKNOWN = Metrics()


def decode_v2(
    data: Data, includes: Includes | None, author: User | None = None, *, odd: Odd = NOTHING_ODD
) -> Post | Rejected:
    """Return the post, with its author as given or from `includes`; the hashtags of a repost are
    the original's, its text is as X sends it: cut behind `RT @name: `."""
    post_id = text_of(data.id)
    if not post_id:
        return Rejected(Reason.NO_ID)
    if data.created_at is None:
        return Rejected(Reason.NO_CREATED_AT)
    try:
        created_at_ms = iso_ms(data.created_at)
    except ValueError as error:
        return Rejected(Reason.BAD_CREATED_AT, str(error)[:255])
    user_id = text_of(data.author_id) or (text_of(author.id) if author else None)
    user = author or _author(includes, user_id)
    metrics = user.public_metrics or _UNKNOWN
    repost = _repost(data)
    entities = _entities((repost and _original(repost, includes)) or data)
    first_id, version_ms = _first_id(data, post_id), None
    if first_id is not None:
        created_at_ms, version_ms = _first_made_ms(first_id, created_at_ms), _version_ms(post_id)
    return validate_post(
        post_id,
        created_at_ms,
        user_id=user_id,
        handle=user.username,
        name=user.name,
        friends=metrics.following_count,
        followers=metrics.followers_count,
        lang=data.lang,
        op="create" if first_id is None else "update",
        is_repost=repost is not None,
        hashtags=spellings(entities),
        nb_mentions=count_mentions(entities),
        nb_links=count_links(entities),
        odd=odd,
        version_ms=version_ms,
        first_id=first_id,
        text=_text(data),
    )


def _author(includes: Includes | None, user_id: str | None) -> User:
    if user_id is None or includes is None or not isinstance(includes.users, list):
        return _NOBODY
    for user in includes.users:
        if text_of(user.id) == user_id:
            return user
    return _NOBODY


def _entities(of: Data | Reference) -> Entities | None:
    note = of.note_tweet or of.note_post
    return (note.entities if note else None) or of.entities


def _text(data: Data) -> str | None:
    note = data.note_tweet or data.note_post
    return (note.text if note else None) or data.text


def _first_id(data: Data, post_id: str) -> str | None:
    """Return the id of an edited post's first version; None of that one itself, and of what was
    never edited.

    The history lists all versions, oldest first, and a search tells the first one of those that
    came after it.
    """
    versions = data.edit_history_tweet_ids or data.edit_history_post_ids
    if not versions or not isinstance(versions, list):
        return None
    first_id = text_of(versions[0])
    return None if first_id == post_id else first_id


def _version_ms(post_id: str) -> int:
    """Return what puts versions in the order of their ids: when X made the id, of an id without a
    time its number."""
    made_ms = snowflake_ms(post_id)
    if made_ms is not None:
        return made_ms
    return min(int(post_id[:ID_DIGITS]), _ANY_SNOWFLAKE_MS) if post_id.isdecimal() else 0


def _first_made_ms(first_id: str, created_at_ms: int) -> int:
    """Return when the first version was made, in whole seconds as X tells times, whichever version
    this is."""
    first_ms = snowflake_ms(first_id)
    return created_at_ms if first_ms is None else min(created_at_ms, first_ms // 1_000 * 1_000)


def _repost(data: Data) -> Reference | None:
    references = data.referenced_tweets or data.referenced_posts
    if references and isinstance(references, list):
        for reference in references:
            if reference.type in ("retweeted", "reposted"):
                return reference
    return None


def _original(repost: Reference, includes: Includes | None) -> Reference | None:
    """Return the post that is repeated, where it came along: the text of a repost is cut, and its
    hashtags with it."""
    if repost.entities is not None or repost.note_tweet is not None or repost.note_post is not None:
        return repost
    posts = includes and (includes.tweets or includes.posts)
    if not posts or not isinstance(posts, list):
        return None
    original_id = text_of(repost.id)
    return next(
        (post for post in posts if original_id is not None and text_of(post.id) == original_id),
        None,
    )
