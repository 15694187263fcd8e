"""Bluesky: messages of Jetstream's v1 wire, and profiles as app.bsky.actor.getProfiles answers
them.

When a post was made is `time_us`, when the host got it: `createdAt` is the author's word, and can
be anything. A record may be written by any program; what it says in fields that are not Bluesky's
own is passed over.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from spark_jobs.decode.bluesky_record import (
    Record,
    count_links,
    count_mentions,
    first_language,
    spellings,
)
from spark_jobs.decode.checks import TEXT_LIMIT, Count, deleted_post, validate_post
from spark_jobs.decode.instants import LAST_MS
from spark_jobs.decode.post import Account, AccountState, Ignored, Post, Profile, Rejected
from spark_jobs.decode.reading import Odd, reader
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


class Standing(msgspec.Struct, gc=False):
    """The account was opened or closed; `status` is deleted, takendown, suspended or
    deactivated."""

    active: bool | None = None
    status: str | None = None


class Message(msgspec.Struct, gc=False):
    """A message of Jetstream, which has a `kind`, or a profile, which has a `handle`."""

    did: str | None = None
    time_us: int | None = None
    kind: str | None = None
    commit: Commit | None = None
    identity: Identity | None = None
    account: Standing | None = None
    handle: str | None = None
    display_name: str | None = msgspec.field(name="displayName", default=None)
    follows: Count = msgspec.field(name="followsCount", default=None)
    followers: Count = msgspec.field(name="followersCount", default=None)


_POST: Final = "app.bsky.feed.post"
_REPOST: Final = "app.bsky.feed.repost"
_OPERATIONS: Final = frozenset({"create", "update", "delete"})
_NO_HANDLE: Final = "handle.invalid"
"""Stands where the name of an account does not lead back to it."""
_NO_CHANGE: Final = Ignored("account throttled or desynchronized")
_NO_STATE: Final = Ignored("account without a state")
_SAYS_NOTHING: Final = frozenset({"throttled", "desynchronized"})
"""States of a host's own affairs with an account, which is there all the same."""

Outcome = Post | Profile | Account | Ignored | Rejected


def _interpret(message: Message, odd: Odd) -> Outcome:
    if message.kind is None and message.handle is None:
        return Rejected(Reason.NOT_A_POST)
    if not message.did:
        return Rejected(Reason.NO_ID, "no did")
    if message.kind is None:
        return _profile(message.did, message.handle, message, None, odd)
    if message.time_us is None:
        return Rejected(Reason.NO_CREATED_AT)
    at_ms = message.time_us // 1_000
    if not 0 <= at_ms <= LAST_MS:
        return Rejected(Reason.BAD_CREATED_AT, f"outside 1970 to 9999: {at_ms} ms"[:255])
    return _interpret_at(message, message.did, at_ms, odd)


def _interpret_at(message: Message, did: str, at_ms: int, odd: Odd) -> Outcome:
    match message.kind:
        case "commit" if message.commit is not None:
            return _committed(message.commit, did, at_ms, odd)
        case "identity" if message.identity is not None:
            if message.identity.handle in (None, "", _NO_HANDLE):
                return Ignored("identity without a handle")
            return _profile(did, message.identity.handle, Message(), at_ms, odd)
        case "account" if message.account is not None:
            return _account(message.account, did, at_ms)
    return Rejected(Reason.NOT_A_POST, f"kind {message.kind} without anything known in it"[:255])


def _account(standing: Standing, did: str, at_ms: int) -> Account | Ignored | Rejected:
    if len(did) > TEXT_LIMIT:
        return Rejected(
            Reason.TOO_LONG, f"did has {len(did)} characters, the column holds {TEXT_LIMIT}"
        )
    if standing.active:
        return Account(did, AccountState.ACTIVE, at_ms)
    if standing.status in _SAYS_NOTHING:
        return _NO_CHANGE
    if standing.active is None and standing.status is None:
        return _NO_STATE
    return Account(
        did, AccountState.DELETED if standing.status == "deleted" else AccountState.HIDDEN, at_ms
    )


def _committed(commit: Commit, did: str, at_ms: int, odd: Odd) -> Post | Rejected | Ignored:
    if commit.collection and commit.collection not in (_POST, _REPOST):
        return Ignored(f"collection {commit.collection}"[:255])
    if not commit.collection or not commit.rkey:
        return Rejected(Reason.NO_ID, "no rkey" if commit.collection else "no collection")
    if commit.operation not in _OPERATIONS:
        return Rejected(Reason.BAD_FIELD, f"commit.operation is {commit.operation}"[:255])
    post_id = f"at://{did}/{commit.collection}/{commit.rkey}"
    if commit.operation == "delete":
        return deleted_post(post_id, version_ms=at_ms)
    record_json = bytes(commit.record)
    if record_json in (b"", b"null"):
        return Rejected(Reason.BAD_FIELD, "commit.record is missing")
    read = _read_record(record_json)
    if isinstance(read, Rejected):
        return Rejected(read.reason, f"commit.record: {read.detail}"[:255])
    record, odd_there = read
    return validate_post(
        post_id,
        at_ms,
        user_id=did,
        handle=None,
        name=None,
        friends=None,
        followers=None,
        lang=first_language(record),
        op=commit.operation,
        is_repost=commit.collection == _REPOST,
        hashtags=spellings(record),
        nb_mentions=count_mentions(record),
        nb_links=count_links(record),
        odd=odd | odd_there if odd_there else odd,
        version_ms=at_ms,
        text=record.text,
    )


def _profile(
    did: str, handle: str | None, found: Message, at_ms: int | None, odd: Odd
) -> Profile | Rejected:
    # A profile is checked as the author of a post that is not there.
    author = validate_post(
        "",
        0,
        user_id=did,
        handle=None if handle == _NO_HANDLE else handle or None,
        name=found.display_name or None,
        friends=found.follows,
        followers=found.followers,
        op="create",
        odd=odd,
    )
    if isinstance(author, Rejected):
        return author
    if author.user_id is None:
        return Rejected(
            Reason.TOO_LONG, f"did has {len(did)} characters, the column holds {TEXT_LIMIT}"
        )
    return Profile(
        user_id=author.user_id,
        username=author.username,
        username_original=author.username_original,
        display_name=author.display_name,
        nb_friends=author.nb_friends,
        nb_followers=author.nb_followers,
        seen_at_ms=at_ms,
        odd=author.odd,
    )


def _as_read(record: Record, odd: Odd) -> tuple[Record, Odd]:
    return record, odd


_read_record: Final = reader(Record, _as_read, Reason.BAD_FIELD)
decode_bluesky: Final[Callable[[bytes | memoryview], Outcome]] = reader(
    Message, _interpret, Reason.NOT_A_POST
)
"""Return the outcome of a payload, or why it is rejected. Never raises, whatever the
bytes."""
