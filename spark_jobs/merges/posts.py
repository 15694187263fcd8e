"""Staged posts into the tables: each post once, and every sum with it.

Runs on MySQL 8.4 and 9 and on MariaDB 10.11, so VALUES() and not a row alias in upserts. A statement reads what those
before it wrote; the order matters. All of it is one transaction (see spark_jobs/edges/merger.py).
"""

from typing import Final

from spark_jobs.decode import facts
from spark_jobs.decode.hashtags import SEPARATOR
from spark_jobs.merges.statement import Batch, Statement

STAGING_COLUMNS: Final = f"""
  staged_id         BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  {facts.COLUMNS},
  post_id           VARCHAR(255) COLLATE utf8mb4_bin NULL,
  user_id           VARCHAR(255) COLLATE utf8mb4_bin NULL,
  username          VARCHAR(255) COLLATE utf8mb4_bin NULL,
  username_original VARCHAR(255) COLLATE utf8mb4_bin NULL,
  display_name      VARCHAR(255) COLLATE utf8mb4_bin NULL,
  lang              VARCHAR(35)  NULL,
  hashtags          TEXT         COLLATE utf8mb4_bin NULL,
  spellings         TEXT         COLLATE utf8mb4_bin NULL,
  detail            VARCHAR(255) NULL,
  payload           LONGBLOB     NULL
"""

_INSERT_POSTS: Final = """
    INSERT INTO posts (source, post_id, created_at, received_at, user_id, lang, op, is_repost,
                       nb_hashtags, nb_mentions, nb_links, kafka_partition, kafka_offset)
    SELECT source, post_id, created_at, received_at, user_id, lang, op, is_repost,
           nb_hashtags, nb_mentions, nb_links, kafka_partition, kafka_offset
    FROM {staged} WHERE position = 0 AND reason IS NULL
    ON DUPLICATE KEY UPDATE post_id = posts.post_id
    """


def _has_repeats(batch: Batch) -> bool:
    """MySQL counts an inserted row as one and a stored one, left as it is, as none."""
    return batch.written["posts"] != batch.good


# Nearly every batch holds new posts only, and then the insert alone tells so. Where it holds repeats, the insert is
# taken back, what was stored before leaves the staging table, and it is done again. What is left twice in the staging
# table is there twice in this batch: its first place is the one stored.
BEFORE: Final = Statement("before posts", "SAVEPOINT before_posts")
POSTS: Final = Statement("posts", _INSERT_POSTS)
TAKE_BACK: Final = Statement("take back", "ROLLBACK TO SAVEPOINT before_posts", needed=_has_repeats)
STORED_BEFORE: Final = Statement(
    "stored before",
    """
    DELETE staged FROM {staged} staged
    STRAIGHT_JOIN posts ON posts.source = staged.source AND posts.post_id = staged.post_id
    WHERE staged.reason IS NULL
    """,
    needed=_has_repeats,
)
POSTS_AGAIN: Final = Statement("posts again", _INSERT_POSTS, needed=_has_repeats)
REPEATS: Final = Statement(
    "repeats",
    """
    DELETE staged FROM {staged} staged
    STRAIGHT_JOIN posts ON posts.source = staged.source AND posts.post_id = staged.post_id
    WHERE staged.reason IS NULL
      AND NOT (posts.kafka_offset = staged.kafka_offset AND posts.kafka_partition = staged.kafka_partition)
    """,
    needed=_has_repeats,
)

# MySQL assigns from left to right and later terms see earlier ones: profile_at and profile_post_id come last but one
# and last, since the terms above compare with what was stored.
_NEWER: Final = """(VALUES(profile_at) IS NOT NULL AND (users.profile_at IS NULL
      OR VALUES(profile_at) > users.profile_at
      OR (VALUES(profile_at) = users.profile_at AND VALUES(profile_post_id) > users.profile_post_id)))"""

USERS: Final = Statement(
    "users",
    f"""
    INSERT INTO users (source, user_id, username, username_original, display_name, nb_friends, nb_followers,
                       posts, first_seen_at, last_seen_at, profile_at, profile_post_id)
    SELECT source, user_id, username, username_original, display_name, nb_friends, nb_followers,
           1, created_at, created_at,
           IF(COALESCE(username, nb_friends, nb_followers) IS NULL, NULL, created_at),
           IF(COALESCE(username, nb_friends, nb_followers) IS NULL, NULL, post_id)
    FROM {{staged}} WHERE position = 0 AND user_id IS NOT NULL
    ON DUPLICATE KEY UPDATE
      posts = users.posts + 1,
      first_seen_at = LEAST(users.first_seen_at, VALUES(first_seen_at)),
      last_seen_at = GREATEST(users.last_seen_at, VALUES(last_seen_at)),
      username = IF({_NEWER}, VALUES(username), users.username),
      username_original = IF({_NEWER}, VALUES(username_original), users.username_original),
      display_name = IF({_NEWER}, VALUES(display_name), users.display_name),
      nb_friends = IF({_NEWER}, VALUES(nb_friends), users.nb_friends),
      nb_followers = IF({_NEWER}, VALUES(nb_followers), users.nb_followers),
      profile_post_id = IF({_NEWER}, VALUES(profile_post_id), users.profile_post_id),
      profile_at = GREATEST(COALESCE(users.profile_at, VALUES(profile_at)),
                            COALESCE(VALUES(profile_at), users.profile_at))
    """,  # noqa: S608, the only thing put in is the constant above
)


def _piece(packed: str) -> str:
    """One hashtag of a packed text, by `pieces.piece`."""
    return f"SUBSTRING_INDEX(SUBSTRING_INDEX({packed}, '{SEPARATOR}', pieces.piece + 1), '{SEPARATOR}', -1)"


# pieces has, for each number of uses, a row for each use.
_USES: Final = "{staged} staged STRAIGHT_JOIN pieces ON pieces.uses = staged.uses"

HASHTAGS: Final = Statement(
    "hashtags",
    f"""
    INSERT INTO hashtags (source, post_id, position, hashtag, spelling, created_at)
    SELECT staged.source, staged.post_id, staged.position + pieces.piece, {_piece("staged.hashtags")},
           {_piece("COALESCE(staged.spellings, staged.hashtags)")}, staged.created_at
    FROM {_USES}
    """,  # noqa: S608, put together from the constants above
)

# Counted once by the minute; hours and days are summed from that, which is far fewer rows than the uses.
COUNTED_COLUMNS: Final = """
  minute_at DATETIME     NOT NULL,
  source    VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hashtag   VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  uses      INT          NOT NULL
"""

FORGET_COUNTED: Final = Statement("forget counted", "DELETE FROM {counted}")

COUNTED: Final = Statement(
    "counted",
    f"""
    INSERT INTO {{counted}} (minute_at, source, hashtag, uses)
    SELECT staged.minute_at, staged.source, {_piece("staged.hashtags")} AS hashtag, COUNT(*)
    FROM {_USES}
    GROUP BY minute_at, source, hashtag
    """,  # noqa: S608, put together from the constants above
)

HASHTAG_MINUTES: Final = Statement(
    "hashtag_minutes",
    """
    INSERT INTO hashtag_minutes (minute_at, source, hashtag, uses)
    SELECT minute_at, source, hashtag, uses FROM {counted}
    ON DUPLICATE KEY UPDATE uses = hashtag_minutes.uses + VALUES(uses)
    """,
)

HASHTAG_HOURS: Final = Statement(
    "hashtag_hours",
    """
    INSERT INTO hashtag_hours (hour_at, source, hashtag, uses)
    SELECT minute_at - INTERVAL MINUTE(minute_at) MINUTE AS hour_at, source, hashtag, SUM(uses) FROM {counted}
    GROUP BY hour_at, source, hashtag
    ON DUPLICATE KEY UPDATE uses = hashtag_hours.uses + VALUES(uses)
    """,
)

HASHTAG_DAYS: Final = Statement(
    "hashtag_days",
    """
    INSERT INTO hashtag_days (day_at, source, hashtag, uses)
    SELECT DATE(minute_at) AS day_at, source, hashtag, SUM(uses) FROM {counted}
    GROUP BY day_at, source, hashtag
    ON DUPLICATE KEY UPDATE uses = hashtag_days.uses + VALUES(uses)
    """,
)

POST_MINUTES: Final = Statement(
    "post_minutes",
    """
    INSERT INTO post_minutes (minute_at, source, posts, reposts, edits, hashtag_uses)
    SELECT minute_at, source, COUNT(*), SUM(is_repost), SUM(op = 'update'), SUM(nb_hashtags)
    FROM {staged} WHERE position = 0 AND reason IS NULL
    GROUP BY minute_at, source
    ON DUPLICATE KEY UPDATE
      posts = post_minutes.posts + VALUES(posts), reposts = post_minutes.reposts + VALUES(reposts),
      edits = post_minutes.edits + VALUES(edits), hashtag_uses = post_minutes.hashtag_uses + VALUES(hashtag_uses)
    """,
)

REJECTED: Final = Statement(
    "rejected",
    """
    INSERT INTO rejected (topic_id, kafka_partition, kafka_offset, topic, source, reason, detail, payload, received_at)
    SELECT ledger.topic_id, staged.kafka_partition, staged.kafka_offset, staged.topic, staged.source,
           staged.reason, staged.detail, staged.payload, staged.received_at
    FROM {staged} staged JOIN ledger USING (topic, kafka_partition)
    WHERE staged.reason IS NOT NULL AND ledger.job = 'posts'
    ON DUPLICATE KEY UPDATE reason = rejected.reason
    """,
    needed=lambda batch: batch.rejected > 0,
)

MERGE: Final = (
    BEFORE,
    POSTS,
    TAKE_BACK,
    STORED_BEFORE,
    POSTS_AGAIN,
    REPEATS,
    USERS,
    HASHTAGS,
    FORGET_COUNTED,
    COUNTED,
    HASHTAG_MINUTES,
    HASHTAG_HOURS,
    HASHTAG_DAYS,
    POST_MINUTES,
    REJECTED,
)
