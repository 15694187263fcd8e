"""Posts that come again, are edited or deleted: the newest version stands, whatever the order they come in.

A delete is final. Else the version with the later version_at stands, and of equal ones the first that was stored: a
source that numbers its versions otherwise, as X gives each its own id, leaves version_at unknown, and its posts stand
as they first came. A deleted post leaves a row with its id, so that a late version finds it.

What a version that is superseded had added to the sums is taken back, then the new one is stored like any other post.
"""

from typing import Final

from spark_jobs.decode import facts
from spark_jobs.merges import users
from spark_jobs.merges.statement import Batch, Statement

INSERT: Final = """
    INSERT INTO posts (source, post_id, created_at, version_at, received_at, user_id, lang, op, is_repost,
                       nb_hashtags, nb_mentions, nb_links, kafka_partition, kafka_offset)
    SELECT source, post_id, created_at, version_at, received_at, user_id, lang, op, is_repost,
           nb_hashtags, nb_mentions, nb_links, kafka_partition, kafka_offset
    FROM {staged} WHERE position = 0 AND post_id IS NOT NULL
    ON DUPLICATE KEY UPDATE post_id = posts.post_id
    """

_NEVER: Final = "'1970-01-01'"
_SAME_POST: Final = "posts.source = staged.source AND posts.post_id = staged.post_id"


def _supersedes(new_op: str, new_at: str) -> str:
    return f"""(posts.op <> 'delete' AND ({new_op} = 'delete'
        OR COALESCE({new_at}, {_NEVER}) > COALESCE(posts.version_at, {_NEVER})))"""


_STAGED_SUPERSEDES: Final = _supersedes("staged.op", "staged.version_at")
_INSERTED_SUPERSEDES: Final = _supersedes("VALUES(op)", "VALUES(version_at)")


def has_repeats(batch: Batch) -> bool:
    """MySQL counts an inserted row as one and a stored one, left as it is, as none."""
    return batch.written["posts"] != batch.written["staged posts"]


def _has_superseded(batch: Batch) -> bool:
    return batch.written.get("superseded", 0) > 0


def _repeats(name: str, sql: str) -> Statement:
    return Statement(name, sql, needed=has_repeats)


def _superseded(name: str, sql: str) -> Statement:
    return Statement(name, sql, needed=_has_superseded)


def _late_authors(name: str) -> Statement:
    """A post whose delete came first is not stored, but its author is seen all the same, as in any other order."""
    which = f"STRAIGHT_JOIN posts ON {_SAME_POST} WHERE posts.op = 'delete' AND staged.op <> 'delete'"
    return _repeats(name, users.seen(0, f"{which} AND staged.position = 0 AND staged.user_id IS NOT NULL"))


BEFORE: Final = Statement("before posts", "SAVEPOINT before_posts")

_COUNT_POSTS: Final = Statement("staged posts", "SELECT COUNT(post_id) FROM {staged} WHERE position = 0", asks=True)

_TAKE_BACK: Final = _repeats("take back", "ROLLBACK TO SAVEPOINT before_posts")

# A temporary table is made and dropped without ending the transaction.
_MAKE: Final = _repeats(
    "make superseded",
    """
    CREATE TEMPORARY TABLE {superseded} (
      source      VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      post_id     VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
      created_at  DATETIME(3)  NOT NULL,
      minute_at   DATETIME     AS (CAST(CONCAT(LEFT(created_at, 17), '00') AS DATETIME)) VIRTUAL,
      user_id     VARCHAR(255) COLLATE utf8mb4_bin NULL,
      op          VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      is_repost   BOOLEAN      NOT NULL,
      nb_hashtags INT          NOT NULL,
      PRIMARY KEY (source, post_id)
    ) DEFAULT CHARACTER SET utf8mb4
    """,
)

_FIND: Final = _repeats(
    "superseded",
    f"""
    INSERT INTO {{superseded}} (source, post_id, created_at, user_id, op, is_repost, nb_hashtags)
    SELECT DISTINCT posts.source, posts.post_id, posts.created_at, posts.user_id, posts.op, posts.is_repost,
           posts.nb_hashtags
    FROM {{staged}} staged STRAIGHT_JOIN posts ON {_SAME_POST}
    WHERE {_STAGED_SUPERSEDES}
    """,  # noqa: S608, put together from the constants above
)

_UNCOUNT_USERS: Final = _superseded(
    "uncount users",
    """
    UPDATE users JOIN (
      SELECT source, user_id, COUNT(*) AS gone FROM {superseded} WHERE user_id IS NOT NULL GROUP BY source, user_id
    ) theirs ON users.source = theirs.source AND users.user_id = theirs.user_id
    SET users.posts = users.posts - theirs.gone
    """,
)

_UNCOUNT_MINUTES: Final = _superseded(
    "uncount post_minutes",
    """
    UPDATE post_minutes JOIN (
      SELECT source, minute_at, COUNT(*) AS posts, SUM(is_repost) AS reposts, SUM(op = 'update') AS edits,
             SUM(nb_hashtags) AS hashtag_uses
      FROM {superseded} GROUP BY source, minute_at
    ) gone ON post_minutes.source = gone.source AND post_minutes.minute_at = gone.minute_at
    SET post_minutes.posts = post_minutes.posts - gone.posts,
        post_minutes.reposts = post_minutes.reposts - gone.reposts,
        post_minutes.edits = post_minutes.edits - gone.edits,
        post_minutes.hashtag_uses = post_minutes.hashtag_uses - gone.hashtag_uses
    """,
)

_UNCOUNT_HASHTAGS: Final = _superseded(
    "uncount hashtags",
    """
    INSERT INTO {counted} (minute_at, source, hashtag, uses)
    SELECT superseded.minute_at, superseded.source, hashtags.hashtag, -COUNT(*)
    FROM {superseded} superseded
    STRAIGHT_JOIN hashtags ON hashtags.source = superseded.source AND hashtags.post_id = superseded.post_id
    GROUP BY superseded.minute_at, superseded.source, hashtags.hashtag
    """,
)

_FORGET_HASHTAGS: Final = _superseded(
    "forget hashtags",
    """
    DELETE hashtags FROM {superseded} superseded
    STRAIGHT_JOIN hashtags ON hashtags.source = superseded.source AND hashtags.post_id = superseded.post_id
    """,
)

_FORGET_POSTS: Final = _superseded(
    "forget posts",
    """
    DELETE posts FROM {superseded} superseded
    STRAIGHT_JOIN posts ON posts.source = superseded.source AND posts.post_id = superseded.post_id
    """,
)

_STORED_BEFORE: Final = _repeats(
    "stored before",
    f"""
    DELETE staged FROM {{staged}} staged STRAIGHT_JOIN posts ON {_SAME_POST}
    """,
)

_TAKEN_OVER: Final = ("received_at", "user_id", "lang", "is_repost", "nb_hashtags", "nb_mentions", "nb_links",
                      "kafka_partition", "kafka_offset", "version_at")  # fmt: skip

# MySQL assigns from left to right and later terms see earlier ones: op, by which all the others are decided, comes
# last, and is decided by the place that was taken over or was not.
_INSERT_NEWEST: Final = _repeats(
    "posts again",
    INSERT.replace(
        "post_id = posts.post_id",
        f"""created_at = IF({_INSERTED_SUPERSEDES},
          IF(VALUES(op) = 'delete', VALUES(created_at), LEAST(posts.created_at, VALUES(created_at))), posts.created_at),
        {", ".join(f"{name} = IF({_INSERTED_SUPERSEDES}, VALUES({name}), posts.{name})" for name in _TAKEN_OVER)},
        op = IF(posts.kafka_partition = VALUES(kafka_partition) AND posts.kafka_offset = VALUES(kafka_offset),
                VALUES(op), posts.op)""",
    ),
)

# Not every source tells of an edited post when it was first made.
_KEEP_CREATED: Final = _superseded(
    "keep created",
    """
    UPDATE posts JOIN {superseded} superseded
      ON posts.source = superseded.source AND posts.post_id = superseded.post_id
    SET posts.created_at = superseded.created_at
    WHERE posts.created_at > superseded.created_at AND posts.op <> 'delete'
    """,
)

_REPEATS: Final = _repeats(
    "repeats",
    f"""
    DELETE staged FROM {{staged}} staged STRAIGHT_JOIN posts ON {_SAME_POST}
    WHERE NOT (posts.kafka_offset = staged.kafka_offset AND posts.kafka_partition = staged.kafka_partition)
    """,
)

_STAGE_CREATED: Final = _repeats(
    "stage created",
    f"""
    UPDATE {{staged}} staged STRAIGHT_JOIN posts ON {_SAME_POST}
    SET staged.facts = INSERT(staged.facts, 1, {facts.WIDTHS["created_at"]}, CAST(posts.created_at AS CHAR))
    WHERE posts.created_at < staged.created_at
    """,  # noqa: S608, put together from the constants above
)

REPLACE: Final = (
    _COUNT_POSTS,
    _TAKE_BACK,
    _MAKE,
    _FIND,
    _UNCOUNT_USERS,
    _UNCOUNT_MINUTES,
    _UNCOUNT_HASHTAGS,
    _FORGET_HASHTAGS,
    _FORGET_POSTS,
    _late_authors("late authors"),
    _STORED_BEFORE,
    _INSERT_NEWEST,
    _late_authors("late authors again"),
    _KEEP_CREATED,
    _REPEATS,
    _STAGE_CREATED,
)
"""After INSERT: where it found posts that are stored already, what is to be done so that only new ones are staged."""


def _gone(table: str, bucket: str) -> Statement:
    """Take out of a rollup of hashtags the rows that count nothing any more."""
    return _superseded(
        f"gone {table}",
        f"""
        DELETE {table} FROM {{counted}} counted
        STRAIGHT_JOIN {table} ON {table}.{bucket} AND {table}.source = counted.source
          AND {table}.hashtag = counted.hashtag
        WHERE {table}.uses = 0
        """,
    )


GONE: Final = (
    _gone("hashtag_minutes", "minute_at = counted.minute_at"),
    _gone("hashtag_hours", "hour_at = counted.minute_at - INTERVAL MINUTE(counted.minute_at) MINUTE"),
    _gone("hashtag_days", "day_at = DATE(counted.minute_at)"),
    _superseded(
        "gone post_minutes",
        """
        DELETE post_minutes FROM {superseded} superseded
        STRAIGHT_JOIN post_minutes
          ON post_minutes.minute_at = superseded.minute_at AND post_minutes.source = superseded.source
        WHERE post_minutes.posts = 0
        """,
    ),
    _repeats("drop superseded", "DROP TEMPORARY TABLE {superseded}"),
)
"""At the end of a merge that took versions back."""
