"""Staged posts into the tables: each post once, as its newest version has it, and every sum with
it.

Nearly every batch holds new posts only; what others need besides is in versions.py. Runs on MySQL
8.4 and 9 and on MariaDB 10.11, so VALUES() and not a row alias in upserts. A statement reads what
those before it wrote; the order matters. All of it is one transaction (see
spark_jobs/merging/merger.py).
"""

from collections.abc import Callable
from typing import Final

from spark_jobs.decode import fixed_width as facts
from spark_jobs.decode.hashtags import SEPARATOR
from spark_jobs.decode.partial_counts import HASHTAG_COUNTS, POST_COUNTS
from spark_jobs.merges import accounts, versions
from spark_jobs.merges.oddities import count_oddities
from spark_jobs.merges.rejected import store_rejected
from spark_jobs.merges.run import Run
from spark_jobs.merges.statement import Batch, Statement, execute_all
from spark_jobs.merges.users import PROFILES, USERS

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

POSTS: Final = Statement("posts", versions.INSERT)


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

# Counted once by the minute; hours and days are summed from that, which is far fewer rows than the
# uses.
COUNTED_COLUMNS: Final = """
  minute_at DATETIME     NOT NULL,
  source    VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hashtag   VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  uses      INT          NOT NULL
"""


def _is_counted(batch: Batch) -> bool:
    return batch.is_whole and not versions.has_repeats(batch) and not accounts.has_moved(batch)


def _is_to_be_counted(batch: Batch) -> bool:
    return not _is_counted(batch)


def _told(position: int, counts: str) -> str:
    """What the executors counted of all that they staged (decode/counted.py), as a table `told`."""
    return f"""
    FROM {{staged}} staged STRAIGHT_JOIN JSON_TABLE(
      CONVERT(staged.payload USING utf8mb4), '$[*]' COLUMNS (
        minute_at VARCHAR(19) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
        source    VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
        {counts})
    ) told
    WHERE staged.position = {position}
    """


_HASHTAGS_TOLD: Final = _told(
    HASHTAG_COUNTS,
    "hashtag VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[2]', uses INT PATH '$[3]'",
)
_POSTS_TOLD: Final = _told(
    POST_COUNTS,
    "posts INT PATH '$[2]', reposts INT PATH '$[3]', edits INT PATH '$[4]', hashtag_uses INT PATH '$[5]'",
)

COUNTED_THERE: Final = Statement(
    "counted there",
    f"""
    INSERT INTO {{counted}} (minute_at, source, hashtag, uses)
    SELECT told.minute_at, told.source, told.hashtag, SUM(told.uses)
    {_HASHTAGS_TOLD}
    GROUP BY told.minute_at, told.source, told.hashtag
    """,
    needed=_is_counted,
)

# Where some of that is left out, all is counted anew.
COUNTED: Final = Statement(
    "counted",
    f"""
    INSERT INTO {{counted}} (minute_at, source, hashtag, uses)
    SELECT staged.minute_at, staged.source, {_piece("staged.hashtags")} AS hashtag, COUNT(*)
    FROM {_USES}
    GROUP BY minute_at, source, hashtag
    """,  # noqa: S608, put together from the constants above
    needed=_is_to_be_counted,
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

_ADD_POSTS: Final = """
    ON DUPLICATE KEY UPDATE
      posts = post_minutes.posts + VALUES(posts), reposts = post_minutes.reposts + VALUES(reposts),
      edits = post_minutes.edits + VALUES(edits), hashtag_uses = post_minutes.hashtag_uses + VALUES(hashtag_uses)
    """

POSTS_THERE: Final = Statement(
    "posts there",
    f"""
    INSERT INTO post_minutes (minute_at, source, posts, reposts, edits, hashtag_uses)
    SELECT told.minute_at, told.source, told.posts, told.reposts, told.edits, told.hashtag_uses
    {_POSTS_TOLD}
    {_ADD_POSTS}
    """,
    needed=_is_counted,
)

POST_MINUTES: Final = Statement(
    "post_minutes",
    f"""
    INSERT INTO post_minutes (minute_at, source, posts, reposts, edits, hashtag_uses)
    SELECT minute_at, source, COUNT(*), SUM(is_repost), SUM(op = 'update'), SUM(nb_hashtags)
    FROM {{staged}} WHERE position = 0 AND post_id IS NOT NULL AND op <> 'delete'
    GROUP BY minute_at, source
    {_ADD_POSTS}
    """,  # noqa: S608, put together from the constants above
    needed=_is_to_be_counted,
)

_MERGE: Final[tuple[Statement | Callable[[Run], None], ...]] = (
    *accounts.BEFORE,
    *versions.CLOSE,
    versions.BEFORE,
    POSTS,
    *versions.REPLACE,
    count_oddities,
    USERS,
    PROFILES,
    HASHTAGS,
    COUNTED_THERE,
    COUNTED,
    HASHTAG_MINUTES,
    HASHTAG_HOURS,
    HASHTAG_DAYS,
    POSTS_THERE,
    POST_MINUTES,
    *versions.GONE,
    lambda run: store_rejected(run, "posts"),
)


def merge_posts(run: Run) -> None:
    """Merge a staged batch of topics `posts` and `rejected`."""
    execute_all(run, _MERGE)
