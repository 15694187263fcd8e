"""X v2: `data` with its author in `includes.users`, as the filtered stream and the searches send it.

X is renaming fields; both names are read (note_tweet/note_post, referenced_tweets/referenced_posts,
edit_history_tweet_ids/edit_history_post_ids).
"""

from typing import Any

import msgspec

from spark_jobs.decode.checks import Count, Id, checked_post, text_of
from spark_jobs.decode.instants import iso_ms
from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.x_entities import Entities, Extended, count_links, count_mentions, spellings
from tidemark.contracts.reasons import Reason


class Reference(msgspec.Struct, gc=False):
    """retweeted, quoted or replied_to."""

    type: str | None = None


References = list[Reference] | dict[str, Any] | None
EditHistory = list[Id] | dict[str, Any] | None


class Data(msgspec.Struct, gc=False):
    """The post itself."""

    id: Id = None
    author_id: Id = None
    created_at: str | None = None
    lang: str | None = None
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


_NOBODY = User()
_UNKNOWN = Metrics()


def decode_v2(data: Data, includes: Includes | None) -> Post | Rejected:
    """The post, with its author where `includes` has them."""
    if not data.id:
        return Rejected(Reason.NO_ID)
    if data.created_at is None:
        return Rejected(Reason.NO_CREATED_AT)
    try:
        created_at_ms = iso_ms(data.created_at)
    except ValueError as error:
        return Rejected(Reason.BAD_CREATED_AT, str(error)[:255])
    user_id = text_of(data.author_id)
    user = _author(includes, user_id)
    metrics = user.public_metrics or _UNKNOWN
    entities = _entities(data)
    return checked_post(
        post_id=str(data.id),
        created_at_ms=created_at_ms,
        user_id=user_id,
        handle=user.username,
        name=user.name,
        friends=metrics.following_count,
        followers=metrics.followers_count,
        lang=data.lang,
        op="update" if _is_edit(data) else "create",
        is_repost=_is_repost(data),
        hashtags=spellings(entities),
        nb_mentions=count_mentions(entities),
        nb_links=count_links(entities),
    )


def _author(includes: Includes | None, user_id: str | None) -> User:
    if user_id is None or includes is None or not isinstance(includes.users, list):
        return _NOBODY
    for user in includes.users:
        if text_of(user.id) == user_id:
            return user
    return _NOBODY


def _entities(data: Data) -> Entities | None:
    note = data.note_tweet or data.note_post
    return (note.entities if note else None) or data.entities


def _is_edit(data: Data) -> bool:
    """The history lists all versions, oldest first, and a search tells the first one of those that came after it."""
    versions = data.edit_history_tweet_ids or data.edit_history_post_ids
    if not versions or not isinstance(versions, list):
        return False
    return text_of(versions[0]) != text_of(data.id)


def _is_repost(data: Data) -> bool:
    references = data.referenced_tweets or data.referenced_posts
    return isinstance(references, list) and any(r.type in ("retweeted", "reposted") for r in references)
