"""Hashtags: each use, and the uses of each minute, hour and day."""

from typing import Final

from spark_jobs.decode.staged_row import Position
from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql
from tidemark.contracts.hashtags import SEPARATOR

COUNTED_COLUMNS: Final = read_sql(__name__, "counted_columns")
"""Of the temporary table `counted`: uses by minute, from which all rollups are summed."""

_STARTS: Final = {
    "minute": "counted.minute_at",
    "hour": "counted.minute_at - INTERVAL MINUTE(counted.minute_at) MINUTE",
    "day": "DATE(counted.minute_at)",
}
"""By grain, SQL for its start: of the minute, hour or day that a count falls in."""

_INSERT_HASHTAGS: Final = read_sql(__name__, "insert_hashtags", separator=SEPARATOR)
_COUNT_FROM_PARTIALS: Final = read_sql(
    __name__, "count_from_partials", hashtag_counts=Position.HASHTAG_COUNTS
)
_COUNT_FROM_POSTS: Final = read_sql(__name__, "count_from_posts", separator=SEPARATOR)
_ADD_TO_ROLLUPS: Final = [
    read_sql(__name__, "add_to_minutes"),
    *(
        read_sql(__name__, "add_to_rollup", grain=grain, start=_STARTS[grain])
        for grain in ("hour", "day")
    ),
]
_UNCOUNT_SUPERSEDED: Final = read_sql(__name__, "uncount_superseded")
_DELETE_SUPERSEDED: Final = read_sql(__name__, "delete_superseded")
_PRUNE_EMPTY: Final = [
    read_sql(__name__, "prune_empty", grain=grain, start=start) for grain, start in _STARTS.items()
]


def add_hashtags(run: Run, *, use_partials: bool) -> None:
    """Store the hashtags of staged posts and count them.

    use_partials  what executors counted holds for what is staged now
    """
    run.execute(_INSERT_HASHTAGS)
    run.execute(_COUNT_FROM_PARTIALS if use_partials else _COUNT_FROM_POSTS)
    for add in _ADD_TO_ROLLUPS:
        run.execute(add)


def uncount_hashtags(run: Run) -> None:
    """Delete the hashtags of superseded posts, and count them with a minus."""
    run.execute(_UNCOUNT_SUPERSEDED)
    run.execute(_DELETE_SUPERSEDED)


def prune_empty_hashtags(run: Run) -> None:
    """Delete the rows of rollups that superseded posts leave without uses."""
    for prune in _PRUNE_EMPTY:
        run.execute(prune)
