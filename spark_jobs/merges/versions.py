"""Posts that come again, are edited or deleted: the newest version stands, whatever the order they
come in.

A delete is final. Else the version with the later version_at stands; a source that tells no
versions apart leaves it unknown. Of copies of one version the one that knows its author stands,
then the one that arrived first, then by place in Kafka: never the one that was merged first. A
deleted post leaves a row with its id, so that a late version finds it.

What a version that is superseded had added to the sums is taken back, then the new one is stored
like any other post.
"""

from typing import Final

from spark_jobs.decode import fixed_width as facts
from spark_jobs.merges import accounts, users
from spark_jobs.merges.restaged import OF_POST, ROOM, WITH_HASHTAGS, restage
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
_SAME_PLACE: Final = (
    "posts.kafka_offset = staged.kafka_offset AND posts.kafka_partition = staged.kafka_partition"
)

# Rows compare from left to right: version and author of the staged copy first, arrival and place of
# the stored one.
_IS_BETTER: Final = f"""((COALESCE(staged.version_at, {_NEVER}), staged.user_id IS NOT NULL,
       posts.received_at, posts.kafka_partition, posts.kafka_offset)
      > (COALESCE(posts.version_at, {_NEVER}), posts.user_id IS NOT NULL,
         staged.received_at, staged.kafka_partition, staged.kafka_offset))"""
_SUPERSEDES: Final = f"(posts.op <> 'delete' AND (staged.op = 'delete' OR {_IS_BETTER}))"


def has_repeats(batch: Batch) -> bool:
    """Return whether posts came that are stored already: MySQL counts an inserted row as one, and
    no other."""
    return batch.written["posts"] != batch.written["staged posts"]


def _has_superseded(batch: Batch) -> bool:
    found = (batch.written.get(name, 0) for name in ("superseded", "moved", "closed posts"))
    return any(rows > 0 for rows in found)


def _repeats(name: str, sql: str) -> Statement:
    return Statement(name, sql, needed=has_repeats)


def _superseded(name: str, sql: str) -> Statement:
    return Statement(name, sql, needed=_has_superseded)


BEFORE: Final = Statement("before posts", "SAVEPOINT before_posts")

_COUNT_POSTS: Final = Statement(
    "staged posts", "SELECT COUNT(post_id) FROM {staged} WHERE position = 0", asks=True
)

_TAKE_BACK: Final = _repeats("take back", "ROLLBACK TO SAVEPOINT before_posts")

# A temporary table is made and dropped without ending the transaction.
_MAKE: Final = """
    CREATE TEMPORARY TABLE {superseded} (
      source      VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      post_id     VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
      created_at  DATETIME(3)  NOT NULL,
      minute_at   DATETIME     AS (CAST(CONCAT(LEFT(created_at, 17), '00') AS DATETIME)) VIRTUAL,
      user_id     VARCHAR(255) COLLATE utf8mb4_bin NULL,
      op          VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      is_repost   BOOLEAN      NOT NULL,
      nb_hashtags INT          NOT NULL,
      moved_to    DATETIME(3)  NULL,
      PRIMARY KEY (source, post_id)
    ) DEFAULT CHARACTER SET utf8mb4
    """
"""Posts whose part in the sums is taken back; of one that stands, but was made earlier than was
known, `moved_to`."""

_MAKE_COPIES: Final = _repeats(
    "make copies",
    """
    CREATE TEMPORARY TABLE {copies} (
      source          VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      post_id         VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
      earliest        DATETIME(3)  NULL,
      kafka_partition INT          NOT NULL,
      kafka_offset    BIGINT       NOT NULL,
      PRIMARY KEY (source, post_id)
    ) DEFAULT CHARACTER SET utf8mb4
    """,
)
"""Posts that the batch has more than once: the place of the copy that stands, and when the earliest
was made."""

# A table of its own, with a key: joined with a subquery, 72,000 rows took more than four minutes.
_FIND_COPIES: Final = _repeats(
    "copies",
    f"""
    INSERT INTO {{copies}} (source, post_id, earliest, kafka_partition, kafka_offset)
    SELECT source, post_id, earliest, kafka_partition, kafka_offset FROM (
      SELECT source, post_id, kafka_partition, kafka_offset,
             MIN(IF(op = 'delete', NULL, created_at)) OVER of_post AS earliest, COUNT(*) OVER of_post AS copies,
             ROW_NUMBER() OVER (of_post ORDER BY op = 'delete' DESC, COALESCE(version_at, {_NEVER}) DESC,
                                user_id IS NOT NULL DESC, received_at, kafka_partition, kafka_offset) AS place
      FROM {{staged}} WHERE position = 0 AND post_id IS NOT NULL WINDOW of_post AS (PARTITION BY source, post_id)
    ) ranked WHERE copies > 1 AND place = 1
    """,  # noqa: S608, put together from the constants above
)

_IS_COPY: Final = "copies.source = staged.source AND copies.post_id = staged.post_id"

# Every copy tells of its author, whichever stands; one that is stored already has told before.
_AUTHORS: Final = _repeats(
    "authors of copies",
    users.seen(
        0,
        f"""LEFT JOIN posts ON {_SAME_POST}
    LEFT JOIN {{copies}} copies ON {_IS_COPY}
    WHERE staged.position = 0 AND staged.user_id IS NOT NULL AND staged.post_id IS NOT NULL
      AND (copies.post_id IS NOT NULL OR (posts.post_id IS NOT NULL AND NOT ({_SAME_PLACE})))""",
    ),
)

_STAGE_EARLIEST: Final = _repeats(
    "stage earliest",
    f"""
    UPDATE {{staged}} staged STRAIGHT_JOIN {{copies}} copies ON {_IS_COPY}
    SET staged.facts = {facts.with_created_at("staged.facts", "copies.earliest")}
    WHERE staged.op <> 'delete' AND staged.created_at > copies.earliest
    """,  # noqa: S608, put together from the constants above
)

_PICK: Final = _repeats(
    "pick",
    f"""
    DELETE staged FROM {{staged}} staged STRAIGHT_JOIN {{copies}} copies ON {_IS_COPY}
    WHERE NOT (copies.kafka_partition = staged.kafka_partition AND copies.kafka_offset = staged.kafka_offset)
    """,
)
"""From here on a post is staged once."""


def _find(name: str, moved_to: str, which: str) -> Statement:
    # A post of an author who goes may be deleted in the same batch: it is taken back once, and not
    # stored again.
    return _repeats(
        name,
        f"""
    INSERT INTO {{superseded}} (source, post_id, created_at, user_id, op, is_repost, nb_hashtags, moved_to)
    SELECT posts.source, posts.post_id, posts.created_at, posts.user_id, posts.op, posts.is_repost, posts.nb_hashtags,
           {moved_to}
    FROM {{staged}} staged STRAIGHT_JOIN posts ON {_SAME_POST}
    WHERE staged.position = 0 AND {which}
    ON DUPLICATE KEY UPDATE moved_to = NULL
    """,  # noqa: S608, put together from the constants above
    )


_FIND: Final = _find("superseded", "NULL", _SUPERSEDES)
_FIND_MOVED: Final = _find(
    "moved",
    "staged.created_at",
    f"NOT {_SUPERSEDES} AND posts.op <> 'delete' AND staged.op <> 'delete' AND staged.created_at < posts.created_at",
)

_LEAVE_OUT: Final = _repeats(
    "leave out",
    f"DELETE staged FROM {{staged}} staged STRAIGHT_JOIN posts ON {_SAME_POST} WHERE NOT {_SUPERSEDES}",
)

_BETTER_DELETE: Final = _repeats(
    "better delete",
    f"""
    UPDATE {{staged}} staged STRAIGHT_JOIN posts ON {_SAME_POST}
    SET posts.created_at = staged.created_at, posts.received_at = staged.received_at,
        posts.version_at = staged.version_at, posts.kafka_partition = staged.kafka_partition,
        posts.kafka_offset = staged.kafka_offset
    WHERE posts.op = 'delete' AND staged.op = 'delete' AND {_IS_BETTER}
    """,  # noqa: S608, put together from the constants above
)

_ROOM: Final = _repeats("room for hashtags", ROOM)

_STAGE_MOVED: Final = _repeats(
    "stage moved",
    restage(
        OF_POST | {"created_at": "MIN(superseded.moved_to)"},
        f"""FROM {{superseded}} superseded
    STRAIGHT_JOIN posts ON posts.source = superseded.source AND posts.post_id = superseded.post_id
      AND superseded.moved_to IS NOT NULL
    {WITH_HASHTAGS}""",
    ),
)

# Not every source tells of an edited post when it was first made.
_STAGE_CREATED: Final = _repeats(
    "stage created",
    f"""
    UPDATE {{staged}} staged STRAIGHT_JOIN {{superseded}} superseded
      ON superseded.source = staged.source AND superseded.post_id = staged.post_id
    SET staged.facts = {facts.with_created_at("staged.facts", "superseded.created_at")}
    WHERE staged.op <> 'delete' AND superseded.created_at < staged.created_at AND superseded.moved_to IS NULL
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


def _is_made_here(batch: Batch) -> bool:
    return has_repeats(batch) and not accounts.has_changed(batch)


def _is_made(batch: Batch) -> bool:
    return has_repeats(batch) or accounts.has_changed(batch)


CLOSE: Final = (
    Statement("make superseded for accounts", _MAKE, needed=accounts.has_changed),
    *accounts.HIDE,
)
"""Before INSERT: posts of authors who are no longer to be seen."""

REPLACE: Final = (
    _COUNT_POSTS,
    _TAKE_BACK,
    Statement("make superseded", _MAKE, needed=_is_made_here),
    _MAKE_COPIES,
    _FIND_COPIES,
    _AUTHORS,
    _STAGE_EARLIEST,
    _PICK,
    _repeats("drop copies", "DROP TEMPORARY TABLE {copies}"),
    _FIND,
    _FIND_MOVED,
    _BETTER_DELETE,
    _LEAVE_OUT,
    _ROOM,
    _STAGE_MOVED,
    _STAGE_CREATED,
    _UNCOUNT_USERS,
    _UNCOUNT_MINUTES,
    _UNCOUNT_HASHTAGS,
    _FORGET_HASHTAGS,
    _FORGET_POSTS,
    _repeats("posts again", INSERT),
    *accounts.AFTER,
)
"""After INSERT: where it found posts that are stored already, what is to be done so that only new
ones are staged."""


def _gone(table: str, bucket: str) -> Statement:
    """Return what takes the rows that count nothing any more out of a rollup of hashtags."""
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
    _gone(
        "hashtag_hours", "hour_at = counted.minute_at - INTERVAL MINUTE(counted.minute_at) MINUTE"
    ),
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
    Statement("drop superseded", "DROP TEMPORARY TABLE {superseded}", needed=_is_made),
)
"""At the end of a merge that took versions back."""
