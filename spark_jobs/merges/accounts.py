"""Accounts that go: what a deleted account wrote is taken out for good, what a hidden one wrote
until it comes back.

Of an account the newest event holds, whatever the order they come in. Records of a hidden author
lie in `hidden_records`, as they were staged or are stored; once the author is active they are
staged again and merged like any others. Runs before anything else of a merge, so that whatever
follows meets authors who are to be seen.
"""

from typing import Final

from spark_jobs.merges.restaged import OF_POST, ROOM, WITH_HASHTAGS, restage
from spark_jobs.merges.statement import Batch, Statement

HIDDEN_COLUMNS: Final = (
    *(
        "source",
        "user_id",
        "kafka_partition",
        "kafka_offset",
        "position",
        "post_id",
        "created_at",
        "version_at",
    ),
    *(
        "received_at",
        "op",
        "is_repost",
        "nb_hashtags",
        "nb_mentions",
        "nb_links",
        "nb_friends",
        "nb_followers",
        "uses",
    ),
    *("username", "username_original", "display_name", "lang", "hashtags", "spellings"),
)
"""Of `hidden_records`: all that a staged row tells."""

_COLUMNS: Final = ", ".join(HIDDEN_COLUMNS)
_OF_AUTHOR: Final = "accounts.source = staged.source AND accounts.user_id = staged.user_id"
_CHANGED: Final = "(SELECT DISTINCT source, user_id FROM {staged} WHERE op = 'account')"


def _is_deleted(row: str) -> str:
    """Return SQL: whether the row was written before its author's account was deleted."""
    return f"COALESCE({row}.version_at, {row}.created_at) <= COALESCE(accounts.deleted_at, '1970-01-01')"


def has_changed(batch: Batch) -> bool:
    """Return whether the batch has changes of accounts."""
    return batch.written.get("staged accounts", 0) > 0


def has_moved(batch: Batch) -> bool:
    """Return whether accounts added rows to the staging table or took some away: its counts do not
    hold."""
    return any(batch.written.get(name, 0) > 0 for name in ("come back", "kept back"))


def _is_any_closed(batch: Batch) -> bool:
    return batch.written["closed accounts"] > 0


def _if_changed(name: str, sql: str) -> Statement:
    return Statement(name, sql, needed=has_changed)


_COUNT: Final = Statement(
    "staged accounts",
    "SELECT COUNT(*) FROM {staged} WHERE op = 'account'",
    needed=lambda batch: batch.noted > 0,
    asks=True,
)

_STATES: Final = "'active', 'hidden', 'deleted'"
"""Of two events of the same millisecond the later of these holds."""

_ACCOUNTS: Final = _if_changed(
    "accounts",
    f"""
    INSERT INTO accounts (source, user_id, state, changed_at, deleted_at)
    SELECT source, user_id, detail, created_at, IF(detail = 'deleted', created_at, NULL)
    FROM {{staged}} WHERE op = 'account' ORDER BY staged_id
    ON DUPLICATE KEY UPDATE
      deleted_at = GREATEST(COALESCE(accounts.deleted_at, VALUES(deleted_at)),
                            COALESCE(VALUES(deleted_at), accounts.deleted_at)),
      state = IF(VALUES(changed_at) > accounts.changed_at
                 OR (VALUES(changed_at) = accounts.changed_at
                     AND FIELD(VALUES(state), {_STATES}) > FIELD(accounts.state, {_STATES})),
                 VALUES(state), accounts.state),
      changed_at = GREATEST(accounts.changed_at, VALUES(changed_at))
    """,  # noqa: S608, put together from the constants above
)

_IS_ANY_CLOSED: Final = Statement(
    "closed accounts", "SELECT EXISTS (SELECT 1 FROM accounts WHERE is_closed = 1)", asks=True
)

_THEIRS: Final = f"""FROM {_CHANGED} changed
    JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id
    JOIN hidden_records hidden ON hidden.source = changed.source AND hidden.user_id = changed.user_id
    WHERE accounts.state = 'active'"""

_COME_BACK: Final = _if_changed(
    "come back", restage({name: f"hidden.{name}" for name in HIDDEN_COLUMNS}, _THEIRS)
)
_NO_LONGER_HIDDEN: Final = _if_changed(
    "no longer hidden",
    f"""
    DELETE hidden FROM {_CHANGED} changed
    JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id
    JOIN hidden_records hidden ON hidden.source = changed.source AND hidden.user_id = changed.user_id
    WHERE accounts.state <> 'hidden' OR {_is_deleted("hidden")}
    """,
)

_SET_ASIDE: Final = Statement(
    "set aside",
    f"""
    INSERT INTO hidden_records ({_COLUMNS})
    SELECT {", ".join(f"staged.{name}" for name in HIDDEN_COLUMNS)}
    FROM {{staged}} staged STRAIGHT_JOIN accounts ON {_OF_AUTHOR}
    WHERE accounts.state = 'hidden' AND NOT {_is_deleted("staged")} AND staged.op NOT IN ('account', 'ignored')
    ON DUPLICATE KEY UPDATE op = hidden_records.op
    """,  # noqa: S608, put together from the constants above
    needed=_is_any_closed,
)

_KEPT_BACK: Final = Statement(
    "kept back",
    f"""
    DELETE staged FROM {{staged}} staged STRAIGHT_JOIN accounts ON {_OF_AUTHOR}
    WHERE (accounts.state = 'hidden' OR {_is_deleted("staged")}) AND staged.op NOT IN ('account', 'ignored')
    """,
    needed=_is_any_closed,
)

# No index of `posts` leads to an author, and one would cost each post 3 µs; the id of a post of
# Bluesky begins with its author's, and no other network tells of accounts. '0' is the letter after
# '/'. Once for each account, as servers use the key of `posts` for the range where its ends are
# values, and not where they are columns of another table.
CLOSED_POSTS: Final = Statement(
    "closed posts",
    f"""
    INSERT INTO {{superseded}} (source, post_id, created_at, user_id, op, is_repost, nb_hashtags)
    SELECT posts.source, posts.post_id, posts.created_at, posts.user_id, posts.op, posts.is_repost, posts.nb_hashtags
    FROM posts STRAIGHT_JOIN accounts ON accounts.source = posts.source AND accounts.user_id = posts.user_id
    WHERE posts.source = %s AND posts.post_id > %s AND posts.post_id < %s
      AND posts.op <> 'delete' AND (accounts.state = 'hidden' OR {_is_deleted("posts")})
    """,  # noqa: S608, put together from the constants above
    needed=has_changed,
    for_each=f"""
    SELECT accounts.source, CONCAT('at://', accounts.user_id, '/'), CONCAT('at://', accounts.user_id, '0')
    FROM {_CHANGED} changed
    JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id
      AND accounts.is_closed = 1
    """,  # noqa: S608, put together from the constants above
)

_ROOM: Final = _if_changed("room", ROOM)
_HIDDEN_POSTS: Final = _if_changed(
    "hidden posts",
    f"""
    INSERT INTO hidden_records ({_COLUMNS})
    SELECT {", ".join(OF_POST.get(name, "NULL") for name in HIDDEN_COLUMNS)}
    FROM {{superseded}} superseded
    STRAIGHT_JOIN posts ON posts.source = superseded.source AND posts.post_id = superseded.post_id
    STRAIGHT_JOIN accounts ON accounts.source = posts.source AND accounts.user_id = posts.user_id
      AND accounts.state = 'hidden' AND NOT {_is_deleted("posts")}
    {WITH_HASHTAGS}
    ON DUPLICATE KEY UPDATE op = hidden_records.op
    """,  # noqa: S608, put together from the constants above
)


def _move_users(name: str, source: str, target: str, which: str) -> tuple[Statement, Statement]:
    """Return what moves the rows of authors, whose accounts `which` chooses, from one table to the
    other."""
    theirs = f"""FROM {_CHANGED} changed
    JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id AND {which}
    JOIN {source} ON {source}.source = changed.source AND {source}.user_id = changed.user_id"""
    return (
        _if_changed(f"{name} users", f"REPLACE INTO {target} SELECT {source}.* {theirs}"),
        _if_changed(f"{name} users away", f"DELETE {source} {theirs}"),
    )


# A row of `users` counts posts on that retention has dropped since.
_DELETE_USERS: Final = tuple(
    _if_changed(
        f"delete {table}",
        f"""
        DELETE {table} FROM {_CHANGED} changed
        JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id
        JOIN {table} ON {table}.source = changed.source AND {table}.user_id = changed.user_id
        WHERE accounts.state = 'deleted' AND ({table}.posts = 0 OR {table}.last_seen_at <= accounts.deleted_at)
        """,
    )
    for table in ("users", "hidden_users")
)

BEFORE: Final = (
    _COUNT,
    _ACCOUNTS,
    _IS_ANY_CLOSED,
    *_move_users("bring back", "hidden_users", "users", "accounts.state = 'active'"),
    _COME_BACK,
    _NO_LONGER_HIDDEN,
    _SET_ASIDE,
    _KEPT_BACK,
    _ROOM,
)
"""Changes the staging table to what is to be seen."""

HIDE: Final = (CLOSED_POSTS, _HIDDEN_POSTS)
"""Marks what is stored of authors who are no longer to be seen as superseded, and keeps it where it
may come back."""

AFTER: Final = (
    *_move_users("hide", "users", "hidden_users", "accounts.state = 'hidden'"),
    *_DELETE_USERS,
)
"""Once what they had added to the sums is taken back."""
