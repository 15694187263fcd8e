"""Bluesky: messages of Jetstream's v1 wire, and profiles as app.bsky.actor.getProfiles answers them.

When a post was made is `time_us`, when the host got it: `createdAt` is the author's word, and can be anything. A record
may be written by any program; what it says in fields that are not Bluesky's own is passed over.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from spark_jobs.decode.bluesky_record import Record, count_links, count_mentions, first_language, spellings
from spark_jobs.decode.checks import Count, checked_post
from spark_jobs.decode.instants import LAST_MS
from spark_jobs.decode.post import Ignored, Post, Profile, Rejected
from spark_jobs.decode.refusal import UNREADABLE, refused
from tidemark.contracts.reasons import Reason


class Commit(msgspec.Struct, gc=False):
    """A change of one record; a delete has no `record`."""

    operation: str | None = None
    collection: str | None = None
    rkey: str | None = None
    record: msgspec.Raw = msgspec.Raw()


class Identity(msgspec.Struct, gc=False):
    """The account's name or key changed; `handle` is often missing."""

    handle: str | None = None


class Account(msgspec.Struct, gc=False):
    """The account was opened or closed."""

    active: bool | None = None
    status: str | None = None


class Message(msgspec.Struct, gc=False):
    """A message of Jetstream, told by `kind`, or a profile, told by `handle`."""

    did: str | None = None
    time_us: int | None = None
    kind: str | None = None
    commit: Commit | None = None
    identity: Identity | None = None
    account: Account | None = None
    handle: str | None = None
    display_name: str | None = msgspec.field(name="displayName", default=None)
    follows: Count = msgspec.field(name="followsCount", default=None)
    followers: Count = msgspec.field(name="followersCount", default=None)


_POST: Final = "app.bsky.feed.post"
_REPOST: Final = "app.bsky.feed.repost"
_OPERATIONS: Final = frozenset({"create", "update", "delete"})
_NO_HANDLE: Final = "handle.invalid"
"""Stands where the name of an account does not lead back to it."""
_NO_RECORD: Final = Record()

_decode: Final = msgspec.json.Decoder(Message).decode
_decode_record: Final = msgspec.json.Decoder(Record).decode


def decode_bluesky(payload: bytes | memoryview) -> Post | Profile | Rejected | Ignored:
    """What a payload tells, or the reason why it tells nothing. Never raises, whatever the bytes."""
    try:
        message = _decode(payload)
    except UNREADABLE as error:
        return refused(payload, error, Reason.NOT_A_POST)
    if message.kind is None and message.handle is None:
        return Rejected(Reason.NOT_A_POST)
    if not message.did:
        return Rejected(Reason.NO_ID, "no did")
    if message.kind is None:
        return _profile(message.did, message.handle, message, None)
    if message.time_us is None:
        return Rejected(Reason.NO_CREATED_AT)
    at_ms = message.time_us // 1_000
    if not 0 <= at_ms <= LAST_MS:
        return Rejected(Reason.BAD_CREATED_AT, f"outside 1970 to 9999: {at_ms} ms"[:255])
    return _told(message, message.did, at_ms)


def _told(message: Message, did: str, at_ms: int) -> Post | Profile | Rejected | Ignored:
    match message.kind:
        case "commit" if message.commit is not None:
            return _committed(message.commit, did, at_ms)
        case "identity" if message.identity is not None:
            if message.identity.handle in (None, "", _NO_HANDLE):
                return Ignored("identity without a handle")
            return _profile(did, message.identity.handle, Message(), at_ms)
        case "account" if message.account is not None:
            active, status = message.account.active, message.account.status
            return Ignored("account active" if active else f"account {status or 'inactive'}"[:255])
    return Rejected(Reason.NOT_A_POST, f"kind {message.kind} without anything known in it"[:255])


def _committed(commit: Commit, did: str, at_ms: int) -> Post | Rejected | Ignored:
    if commit.collection and commit.collection not in (_POST, _REPOST):
        return Ignored(f"collection {commit.collection}"[:255])
    if not commit.collection or not commit.rkey:
        return Rejected(Reason.NO_ID, "no rkey" if commit.collection else "no collection")
    if commit.operation not in _OPERATIONS:
        return Rejected(Reason.BAD_FIELD, f"commit.operation is {commit.operation}"[:255])
    if commit.operation == "delete":
        return _post(commit, did, at_ms, _NO_RECORD)
    said = bytes(commit.record)
    if said in (b"", b"null"):
        return Rejected(Reason.BAD_FIELD, "commit.record is missing")
    try:
        record = _decode_record(said)
    except UNREADABLE as error:
        return refused(said, error, Reason.NOT_A_POST, "commit.record: ")
    return _post(commit, did, at_ms, record)


def _post(commit: Commit, did: str, at_ms: int, record: Record) -> Post | Rejected:
    post = checked_post(
        post_id=f"at://{did}/{commit.collection}/{commit.rkey}",
        created_at_ms=at_ms,
        user_id=did,
        handle=None,
        name=None,
        friends=None,
        followers=None,
        lang=first_language(record),
        op=str(commit.operation),
        is_repost=commit.collection == _REPOST,
        hashtags=spellings(record),
        nb_mentions=count_mentions(record),
        nb_links=count_links(record),
    )
    return post if isinstance(post, Rejected) else replace(post, version_ms=at_ms)


def _profile(did: str, handle: str | None, said: Message, at_ms: int | None) -> Profile | Rejected:
    # A profile is checked as the author of a post that is not there.
    author = checked_post(
        post_id="",
        created_at_ms=0,
        user_id=did,
        handle=None if handle == _NO_HANDLE else handle or None,
        name=said.display_name or None,
        friends=said.follows,
        followers=said.followers,
        lang=None,
        op="create",
        is_repost=False,
        hashtags=[],
        nb_mentions=0,
        nb_links=0,
    )
    if isinstance(author, Rejected):
        return author
    return Profile(
        user_id=did,
        username=author.username,
        username_original=author.username_original,
        display_name=author.display_name,
        nb_friends=author.nb_friends,
        nb_followers=author.nb_followers,
        seen_at_ms=at_ms,
    )
