"""What was odd about records that are stored, counted by kind."""

from typing import Final

from spark_jobs.merges.statement import Statement
from tidemark.contracts.oddities import Oddity, notice_kind
from tidemark.contracts.recordings import NOTICES

_KINDS: Final = sorted({*Oddity, *map(notice_kind, NOTICES)})
_TABLE_OF_KINDS: Final = " UNION ALL ".join(f"SELECT '{kind}' AS kind" for kind in _KINDS)

ODDITIES: Final = Statement(
    "oddities",
    f"""
    INSERT INTO oddity_minutes (minute_at, source, kind, records)
    SELECT CAST(CONCAT(LEFT(staged.received_at, 17), '00') AS DATETIME) AS arrived_at, staged.source, kinds.kind,
           COUNT(*)
    FROM {{staged}} staged STRAIGHT_JOIN ({_TABLE_OF_KINDS}) kinds ON FIND_IN_SET(kinds.kind, staged.detail)
    WHERE staged.reason IS NULL AND staged.detail IS NOT NULL
    GROUP BY arrived_at, staged.source, kinds.kind
    ON DUPLICATE KEY UPDATE records = oddity_minutes.records + VALUES(records)
    """,  # noqa: S608, put together from the constants above
    needed=lambda batch: batch.noted > 0,
)
"""Once repeats are taken out of the staging table: a record that comes again is not counted
again."""
