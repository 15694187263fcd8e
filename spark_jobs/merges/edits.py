"""Staged edits into the tables: each edit once, and every sum with it.

Runs on MySQL 8.4 and 9 and on MariaDB 10.11, so VALUES() and not a row alias in upserts. A
statement reads what those before it wrote; the order matters. All of it is one transaction (see
spark_jobs/merging/merger.py).
"""

from collections.abc import Iterator
from typing import Final

from spark_jobs.merges.oddities import ODDITIES
from spark_jobs.merges.rejected import rejected
from spark_jobs.merges.statement import Batch, Statement

STAGING_COLUMNS: Final = """
  staged_id       BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  position        TINYINT      NOT NULL DEFAULT 0,
  topic           VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kafka_partition INT          NOT NULL,
  kafka_offset    BIGINT       NOT NULL,
  received_at     DATETIME(6)  NOT NULL,
  source          VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  reason          VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  created_at      DATETIME(3)  NULL,
  edit_id         VARCHAR(64)  COLLATE utf8mb4_bin NULL,
  wiki            VARCHAR(64)  COLLATE utf8mb4_bin NULL,
  type            VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  title           VARCHAR(400) COLLATE utf8mb4_bin NULL,
  namespace       INT          NULL,
  user_name       VARCHAR(255) COLLATE utf8mb4_bin NULL,
  is_bot          BOOLEAN      NULL,
  is_minor        BOOLEAN      NULL,
  bytes_added     INT          NULL,
  bytes_removed   INT          NULL,
  detail          VARCHAR(255) NULL,
  payload         LONGBLOB     NULL,
  payload_bytes   BIGINT       NULL,
  payload_sha256  CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NULL,
  minute_at       DATETIME     AS (CAST(CONCAT(LEFT(created_at, 17), '00') AS DATETIME)) VIRTUAL
"""

STORED_BEFORE: Final = Statement(
    "stored before",
    """
    DELETE staged FROM {staged} staged
    STRAIGHT_JOIN edits ON edits.source = staged.source AND edits.edit_id = staged.edit_id
    WHERE staged.reason IS NULL
    """,
)

# What is still left twice in the staging table is there twice in this batch: its first place is the
# one stored.
EDITS: Final = Statement(
    "edits",
    """
    INSERT INTO edits (source, edit_id, created_at, received_at, wiki, type, title, namespace, user_name, is_bot,
                       is_minor, bytes_added, bytes_removed, kafka_partition, kafka_offset)
    SELECT source, edit_id, created_at, received_at, wiki, type, title, namespace, user_name, is_bot,
           is_minor, bytes_added, bytes_removed, kafka_partition, kafka_offset
    FROM {staged} WHERE reason IS NULL ORDER BY staged_id
    ON DUPLICATE KEY UPDATE edit_id = edits.edit_id
    """,
)


def _has_repeats(batch: Batch) -> bool:
    """MySQL counts an inserted row as one and a stored one, left as it is, as none."""
    return batch.written["stored before"] + batch.written["edits"] != batch.good


REPEATS: Final = Statement(
    "repeats",
    """
    DELETE staged FROM {staged} staged
    STRAIGHT_JOIN edits ON edits.source = staged.source AND edits.edit_id = staged.edit_id
    WHERE staged.reason IS NULL
      AND NOT (edits.kafka_offset = staged.kafka_offset AND edits.kafka_partition = staged.kafka_partition)
    """,
    needed=_has_repeats,
)

_STARTS: Final = {
    "minute": "minute_at",
    "hour": "minute_at - INTERVAL MINUTE(minute_at) MINUTE",
    "day": "TIMESTAMP(DATE(minute_at))",
}
"""By grain, the start of the one that an edit was made in."""


def _sums() -> Iterator[Statement]:
    """edit_minutes, edit_hours, edit_days."""
    for grain, start in _STARTS.items():
        table = f"edit_{grain}s"
        yield Statement(
            table,
            f"""
            INSERT INTO {table} ({grain}_at, wiki, type, is_bot, edits, minor_edits, bytes_added, bytes_removed)
            SELECT {start} AS start_at, wiki, type, is_bot, COUNT(*), SUM(is_minor),
                   COALESCE(SUM(bytes_added), 0), COALESCE(SUM(bytes_removed), 0)
            FROM {{staged}} WHERE reason IS NULL
            GROUP BY start_at, wiki, type, is_bot
            ON DUPLICATE KEY UPDATE
              edits = {table}.edits + VALUES(edits), minor_edits = {table}.minor_edits + VALUES(minor_edits),
              bytes_added = {table}.bytes_added + VALUES(bytes_added),
              bytes_removed = {table}.bytes_removed + VALUES(bytes_removed)
            """,  # noqa: S608, put together from the constants above
        )


def _counts(of: str, column: str) -> Iterator[Statement]:
    """page_minutes or editor_minutes, and so on: edits and new pages, by the column that names what
    is counted."""
    for grain, start in _STARTS.items():
        table = f"{of}_{grain}s"
        yield Statement(
            table,
            f"""
            INSERT INTO {table} ({grain}_at, is_bot, wiki, {column}, edits)
            SELECT {start} AS start_at, is_bot, wiki, {column}, COUNT(*)
            FROM {{staged}} WHERE reason IS NULL AND type IN ('edit', 'new') AND {column} IS NOT NULL
            GROUP BY start_at, is_bot, wiki, {column}
            ON DUPLICATE KEY UPDATE edits = {table}.edits + VALUES(edits)
            """,  # noqa: S608, put together from the constants above
        )


MERGE: Final = (
    STORED_BEFORE,
    EDITS,
    REPEATS,
    ODDITIES,
    *_sums(),
    *_counts("page", "title"),
    *_counts("editor", "user_name"),
    rejected("edits"),
)
