"""Edits of wikis into the tables: each edit once, and every sum with it."""

from typing import Final

from spark_jobs.merges.oddities import count_oddities
from spark_jobs.merges.rejected import store_rejected
from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql

STAGING_COLUMNS: Final = read_sql(__name__, "staging_columns")

_STARTS: Final = {
    "minute": "minute_at",
    "hour": "minute_at - INTERVAL MINUTE(minute_at) MINUTE",
    "day": "TIMESTAMP(DATE(minute_at))",
}
"""By grain, SQL for its start: of the minute, hour or day in which an edit was made."""

_RANKED: Final = {"page": "title", "editor": "user_name"}
"""By what is ranked by its edits, the column that names it."""

_DISCARD_STORED: Final = read_sql(__name__, "discard_stored")
_INSERT_EDITS: Final = read_sql(__name__, "insert_edits")
_DISCARD_REPEATS: Final = read_sql(__name__, "discard_repeats")
_ADD_TO_EDITS: Final = [
    read_sql(__name__, "add_to_edits", grain=grain, start=start) for grain, start in _STARTS.items()
]
_ADD_TO_RANKINGS: Final = [
    read_sql(__name__, "add_to_ranking", ranked=ranked, column=column, grain=grain, start=start)
    for ranked, column in _RANKED.items()
    for grain, start in _STARTS.items()
]


def merge_edits(run: Run) -> None:
    """Merge a staged batch of topic `edits`."""
    stored_before = run.execute(_DISCARD_STORED)
    inserted = run.execute(_INSERT_EDITS)
    if stored_before + inserted != run.batch.good:
        run.execute(_DISCARD_REPEATS)
    count_oddities(run)
    for add in (*_ADD_TO_EDITS, *_ADD_TO_RANKINGS):
        run.execute(add)
    store_rejected(run, "edits")
