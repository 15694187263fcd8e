"""Mastodon: a status, as its stream and its timelines send it, or the bare id of one that was
deleted.

A delete differs from a status by its shape: the stream's event name does not travel with the
payload. That is safe, because a status is always a JSON object, and an id never is one: it has no
brace.
"""

import re
from typing import Any, Final

import msgspec

from spark_jobs.decode.checks import Count, Id, deleted_post, text_of, validate_post
from spark_jobs.decode.html_text import html_text
from spark_jobs.decode.instants import iso_ms
from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.reading import Odd, reader
from tidemark.contracts.oddities import Oddity
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
    """What a status says, as HTML, and what is counted in it; a reblog has that of the original."""

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


_BARE_ID: Final = re.compile(rb'("?)([0-9]{1,64}|(?=[A-Za-z]*[0-9])[0-9A-Za-z]{16,64})\1')
"""Digits; of servers that only speak like Mastodon also letters and digits, never as short as
`undefined`."""
_CLASS: Final = re.compile(r"""\bclass=["']([^"']*)""")
_REFERENCES: Final = frozenset({"mention", "hashtag"})


def decode_mastodon(payload: bytes | memoryview) -> Post | Rejected:
    """Return the post or the delete in a payload, or the reason why there is none. Never raises,
    whatever the bytes."""
    if deleted := _BARE_ID.fullmatch(payload):
        # It says neither when it was made nor when its post was.
        return deleted_post(deleted[2].decode())
    return _read(payload)


def _interpret(status: Status, odd: Odd) -> Post | Rejected:
    # Notifications have no uri, announcements no account, accounts neither account nor content.
    if status.uri is None or status.account is None:
        return Rejected(Reason.NOT_A_POST)
    post_id = text_of(status.id)
    if not post_id:
        return Rejected(Reason.NO_ID)
    if status.created_at is None:
        return Rejected(Reason.NO_CREATED_AT)
    try:
        created_at_ms = iso_ms(status.created_at)
    except ValueError as error:
        return Rejected(Reason.BAD_CREATED_AT, str(error)[:255])
    version_ms, odd = _version(status.edited_at, odd)
    text, account = status.reblog or status, status.account
    content = text.content or ""
    return validate_post(
        # Not the uri: a delete names nothing but this id, and has to find its post.
        post_id,
        created_at_ms,
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
        nb_links=_count_links(content),
        odd=odd,
        version_ms=version_ms,
        text=None if text.content is None else html_text(content),
    )


def _version(edited_at: str | None, odd: Odd) -> tuple[int | None, Odd]:
    """Return when it was edited, None where it never was or does not say so in a date."""
    if edited_at is None:
        return None, odd
    try:
        return iso_ms(edited_at), odd
    except ValueError:
        return None, odd | {Oddity.BAD_DATE}


def _hashtags(text: Text) -> list[str]:
    return [tag.name for tag in text.tags if tag.name] if isinstance(text.tags, list) else []


def _count_links(html: str) -> int:
    """Return how many anchors are neither a mention nor a hashtag. Split by hand: one pattern for
    all needs n² steps on hostile HTML."""
    return sum(not _is_reference(anchor.partition(">")[0]) for anchor in html.split("<a ")[1:])


def _is_reference(attributes: str) -> bool:
    found = _CLASS.search(attributes)
    return found is not None and not _REFERENCES.isdisjoint(found[1].split())


_read: Final = reader(Status, _interpret, Reason.NOT_A_POST)
