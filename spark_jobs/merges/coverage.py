"""Staged tellings of what was heard into the tables: gaps, and the seconds of each minute.

Runs on MySQL 8.4 and 9 and on MariaDB 10.11. All of it is one transaction (see
spark_jobs/merging/merger.py).
"""

from typing import Final

from spark_jobs.merges.rejected import rejected
from spark_jobs.merges.statement import Statement

STAGING_COLUMNS: Final = """
  staged_id       BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
  position        INT          NOT NULL,
  topic           VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kafka_partition INT          NOT NULL,
  kafka_offset    BIGINT       NOT NULL,
  received_at     DATETIME(6)  NOT NULL,
  source          VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  reason          VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  minute_at       DATETIME     NULL,
  seconds         BIGINT       NULL,
  began_at        DATETIME(6)  NULL,
  ended_at        DATETIME(6)  NULL,
  why             VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  state           VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NULL,
  events          BIGINT       NULL,
  detail          VARCHAR(255) NULL,
  payload         LONGBLOB     NULL,
  payload_bytes   BIGINT       NULL,
  payload_sha256  CHAR(64)     CHARACTER SET ascii COLLATE ascii_bin NULL
"""

# Of two tellings of a gap the final one holds, and of two such the later, in whatever order they
# come.
_HOLDS: Final = """(CASE
      WHEN (VALUES(state) = 'open') <> (source_gaps.state = 'open') THEN source_gaps.state = 'open'
      ELSE VALUES(told_at) >= source_gaps.told_at END)"""

# MySQL assigns from left to right and later terms see earlier ones: what _HOLDS looks at comes
# last, told_at first of the two, as it alone can go back: where a final state replaces an open one,
# that is decided by the state.
SOURCE_GAPS: Final = Statement(
    "source_gaps",
    f"""
    INSERT INTO source_gaps (source, began_at, ended_at, why, state, events, told_at)
    SELECT source, began_at, ended_at, why, state, events, received_at
    FROM {{staged}} WHERE state IS NOT NULL ORDER BY staged_id
    ON DUPLICATE KEY UPDATE
      ended_at = IF({_HOLDS}, VALUES(ended_at), source_gaps.ended_at),
      why = IF({_HOLDS}, VALUES(why), source_gaps.why),
      events = IF({_HOLDS}, VALUES(events), source_gaps.events),
      told_at = IF({_HOLDS}, VALUES(told_at), source_gaps.told_at),
      state = IF(source_gaps.state = 'open' OR (VALUES(state) <> 'open' AND source_gaps.told_at = VALUES(told_at)),
                 VALUES(state), source_gaps.state)
    """,  # noqa: S608, the only thing put in is the constant above
)

SOURCE_MINUTES: Final = Statement(
    "source_minutes",
    """
    INSERT INTO source_minutes (minute_at, source, seconds)
    SELECT minute_at, source, BIT_OR(seconds) FROM {staged} WHERE minute_at IS NOT NULL
    GROUP BY minute_at, source
    ON DUPLICATE KEY UPDATE seconds = source_minutes.seconds | VALUES(seconds)
    """,
)


def _second(instant: str) -> str:
    """The first second of the minute that begins at the instant or later, 0 to 60."""
    return f"LEAST(GREATEST(CEIL(TIMESTAMPDIFF(MICROSECOND, minutes.minute_at, {instant}) / 1000000), 0), 60)"


_UNTIL: Final = "GREATEST(COALESCE(gaps.ended_at, gaps.told_at), gaps.began_at)"

# A gap is noticed some seconds after it began, which were told as heard. That is taken back by the
# gaps of this batch as they stand after it: what was heard after such a gap is told in the same
# batch, and lies outside of it.
UNHEARD: Final = Statement(
    "unheard",
    f"""
    UPDATE source_minutes JOIN (
      SELECT minutes.minute_at, minutes.source,
             BIT_OR((1 << {_second(_UNTIL)}) - (1 << {_second("gaps.began_at")})) AS unheard
      FROM (SELECT DISTINCT source, began_at FROM {{staged}} WHERE state IS NOT NULL) told
      JOIN source_gaps gaps ON gaps.source = told.source AND gaps.began_at = told.began_at
      JOIN source_minutes minutes ON minutes.source = gaps.source
        AND minutes.minute_at > gaps.began_at - INTERVAL 1 MINUTE AND minutes.minute_at < {_UNTIL}
      GROUP BY minutes.minute_at, minutes.source
    ) gone ON gone.minute_at = source_minutes.minute_at AND gone.source = source_minutes.source
    SET source_minutes.seconds = source_minutes.seconds & ~gone.unheard
    """,  # noqa: S608, put together from the constants above
    needed=lambda batch: batch.written["source_gaps"] > 0,
)

MERGE: Final = (SOURCE_GAPS, SOURCE_MINUTES, UNHEARD, rejected("coverage"))
