"""Days that retention has dropped from the tables: replayed, their records would count twice."""

from datetime import UTC, datetime
from typing import Any

from spark_jobs.job import Job
from tidemark.errors import LakeError
from tidemark.upkeep.retention import dropping_before


def refuse_dropped(connection: Any, job: Job, since: datetime | None) -> None:
    """Raise LakeError where the replay would bring rows that were counted and dropped since.

    Without `since` it continues where the ledger is; with an empty ledger it begins with all that
    the lake has.
    """
    table = job.reads[0].name
    before = dropping_before(connection, table)
    if before is None:
        return
    is_from_start = since is None and not _has_ledger(connection, job)
    is_too_early = since is not None and since < before.replace(tzinfo=UTC)
    if is_from_start or is_too_early:
        raise LakeError(
            f"what came before {before:%Y-%m-%d} was dropped from table {table}, and would be counted a second time; "
            f"give --since {before:%Y-%m-%d} or later, or, to build all anew, empty all tables, `retention` among them"
        )


def _has_ledger(connection: Any, job: Job) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM ledger WHERE job = %s", (job.name,))
        (rows,) = cursor.fetchone()
    return bool(rows)
