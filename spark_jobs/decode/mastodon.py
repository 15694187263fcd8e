"""Mastodon: a status, as its stream and its timelines send it, or the bare id of one that was deleted.

A delete is told from a status by its shape: the stream's event name does not travel with the payload. That is safe,
because a status is always a JSON object, and an id never is one: it has no brace.
"""

import re
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from spark_jobs.decode.checks import Count, Id, checked_post
from spark_jobs.decode.instants import iso_ms
from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.refusal import UNREADABLE, refused
from tidemark.contracts.reasons import Reason


class Account(msgspec.Struct, gc=False):
    """The author; `uri` came with 4.2, and is the same on every instance."""

    uri: str | None = None
    url: str | None = None
    acct: str | None = None
    display_name: str | None = None
    following_count: Count = None
    followers_count: Count = None


class Tag(msgspec.Struct, gc=False):
    """A hashtag, spelled as the instance knows it."""

    name: str | None = None


class Mention(msgspec.Struct, gc=False):
    """An entry that is only counted."""


class Text(msgspec.Struct, gc=False):
    """What is counted in a status; a reblog has none of its own, but the original's."""

    content: str | None = None
    tags: list[Tag] | dict[str, Any] | None = None
    mentions: list[Mention] | dict[str, Any] | None = None


class Status(Text, gc=False):
    """A post; `id` is the instance's own, `uri` is the same on every instance."""

    id: Id = None
    uri: str | None = None
    created_at: str | None = None
    edited_at: str | None = None
    language: str | None = None
    account: Account | None = None
    reblog: Text | None = None


_decode: Final = msgspec.json.Decoder(Status).decode
_BARE_ID: Final = re.compile(rb'("?)([0-9]{1,64}|(?=[A-Za-z]*[0-9])[0-9A-Za-z]{16,64})\1')
"""Digits; of servers that only speak like Mastodon also letters and digits, never as short as `undefined`."""
_CLASS: Final = re.compile(r"""\bclass=["']([^"']*)""")
_REFERENCES: Final = frozenset({"mention", "hashtag"})


def decode_mastodon(payload: bytes | memoryview) -> Post | Rejected:
    """The post or the delete in a payload, or the reason why there is none. Never raises, whatever the bytes."""
    if deleted := _BARE_ID.fullmatch(payload):
        return _delete(deleted[2].decode())
    try:
        status = _decode(payload)
    except UNREADABLE as error:
        return refused(payload, error, Reason.NOT_A_POST)
    # Notifications have no uri, announcements no account, accounts neither account nor content.
    if status.uri is None or status.account is None:
        return Rejected(Reason.NOT_A_POST)
    return _post(status, status.account)


def _post(status: Status, account: Account) -> Post | Rejected:
    if not status.id:
        return Rejected(Reason.NO_ID)
    if status.created_at is None:
        return Rejected(Reason.NO_CREATED_AT)
    try:
        created_at_ms = iso_ms(status.created_at)
    except ValueError as error:
        return Rejected(Reason.BAD_CREATED_AT, str(error)[:255])
    try:
        version_ms = None if status.edited_at is None else iso_ms(status.edited_at)
    except ValueError as error:
        return Rejected(Reason.BAD_FIELD, f"edited_at: {error}"[:255])
    text = status.reblog or status
    post = checked_post(
        # Not the uri: a delete names nothing but this id, and has to find its post.
        post_id=str(status.id),
        created_at_ms=created_at_ms,
        user_id=account.uri or account.url or account.acct or None,
        handle=account.acct or None,
        name=account.display_name or None,
        friends=account.following_count,
        followers=account.followers_count,
        lang=status.language,
        op="create" if version_ms is None else "update",
        is_repost=status.reblog is not None,
        hashtags=_hashtags(text),
        nb_mentions=len(text.mentions or ()),
        nb_links=_count_links(text.content or ""),
    )
    return post if version_ms is None or isinstance(post, Rejected) else replace(post, version_ms=version_ms)


def _delete(post_id: str) -> Post:
    """A delete says neither when it was made nor when its post was: version_ms is None, created_at_ms is 0."""
    return Post(
        post_id=post_id,
        created_at_ms=0,
        user_id=None,
        username=None,
        username_original=None,
        display_name=None,
        nb_friends=None,
        nb_followers=None,
        lang=None,
        op="delete",
        is_repost=False,
        hashtags=(),
        nb_mentions=0,
        nb_links=0,
    )


def _hashtags(text: Text) -> list[str]:
    return [tag.name for tag in text.tags if tag.name] if isinstance(text.tags, list) else []


def _count_links(html: str) -> int:
    """Anchors that are neither a mention nor a hashtag. Split by hand: one pattern for all takes n² on hostile HTML."""
    return sum(not _is_reference(anchor.partition(">")[0]) for anchor in html.split("<a ")[1:])


def _is_reference(attributes: str) -> bool:
    found = _CLASS.search(attributes)
    return found is not None and not _REFERENCES.isdisjoint(found[1].split())
