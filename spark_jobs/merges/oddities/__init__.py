"""What was odd about records that are stored, counted by minute, source and kind."""

from typing import Final

from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql
from tidemark.contracts.oddities import Oddity, notice_kind
from tidemark.contracts.recordings import NOTICES

_KINDS: Final = sorted({*Oddity, *map(notice_kind, NOTICES)})
_COUNT_ODDITIES: Final = read_sql(
    __name__,
    "count_oddities",
    kinds=" UNION ALL ".join(f"SELECT '{kind}' AS kind" for kind in _KINDS),
)


def count_oddities(run: Run) -> None:
    """Count the oddities of a batch, once repeats are removed from its staging table."""
    if run.batch.with_detail:
        run.execute(_COUNT_ODDITIES)
