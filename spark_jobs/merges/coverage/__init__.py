"""Reports of coverage into the tables: gaps, and the covered seconds of each minute."""

from typing import Final

from spark_jobs.merges.rejected import store_rejected
from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql

STAGING_COLUMNS: Final = read_sql(__name__, "staging_columns")

_UPSERT_GAPS: Final = read_sql(__name__, "upsert_gaps", replaces=read_sql(__name__, "_replaces"))
_UPSERT_MINUTES: Final = read_sql(__name__, "upsert_minutes")
_CLEAR_GAP_SECONDS: Final = read_sql(__name__, "clear_gap_seconds")


def merge_coverage(run: Run) -> None:
    """Merge a staged batch of topic `coverage`."""
    gaps = run.execute(_UPSERT_GAPS)
    run.execute(_UPSERT_MINUTES)
    if gaps:
        run.execute(_CLEAR_GAP_SECONDS)
    store_rejected(run, "coverage")
