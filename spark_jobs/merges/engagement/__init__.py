"""Observations of posts into the tables: each once, and the sums of their windows and days.

Sums are exact in any order of arrival. A stretch reaches from the stored observation before a batch's first one of
a post to that after its last one. What the stretch contributed before the batch is stored is subtracted, and what it
contributes afterwards is added: docs/decisions/0015.
"""

from typing import Final

from spark_jobs.merges.oddities import count_oddities
from spark_jobs.merges.rejected import store_rejected
from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql
from tidemark.contracts.engagement import COUNTS

_SUMS: Final = (
    "observations",
    "posts",
    "firsts",
    *COUNTS,
    "followers",
    *(f"more_{count}" for count in COUNTS),
)
"""Columns of engagement_windows and engagement_days that are sums."""


def _add(period: str) -> str:
    table = f"engagement_{period}s"
    return read_sql(
        __name__,
        "add_to_sums",
        period=period,
        columns=", ".join(_SUMS),
        counts=", ".join(f"SUM(sign * ends_{period} * {count}) AS {count}" for count in COUNTS),
        changes=", ".join(f"SUM(sign * more_{count}) AS more_{count}" for count in COUNTS),
        is_changed=" OR ".join(f"{name} <> 0" for name in _SUMS),
        added=", ".join(f"{name} = {table}.{name} + VALUES({name})" for name in _SUMS),
    )


_CREATE_STRETCHES: Final = read_sql(__name__, "create_stretches")
_CREATE_CONTRIBUTIONS: Final = read_sql(__name__, "create_contributions")
_DROP: Final = "DROP TEMPORARY TABLE {stretches}, {contributions}"

_DISCARD_STORED: Final = read_sql(__name__, "discard_stored")
_FIND_STRETCHES: Final = [
    read_sql(__name__, "find_stretches", series="post_id", is_known="TRUE"),
    read_sql(__name__, "find_stretches", series="author_id", is_known="followers IS NOT NULL"),
]
_SUBTRACT, _ADD = (
    [
        read_sql(
            __name__,
            "contribute_posts",
            sign=sign,
            counts=", ".join(COUNTS),
            changes=", ".join(f"more_{count}" for count in COUNTS),
            known_counts=", ".join(f"COALESCE({count}, 0)" for count in COUNTS),
            known_changes=", ".join(f"COALESCE({count} - before_{count}, 0)" for count in COUNTS),
            before=", ".join(
                f"LAG(engagement.{count}) OVER series AS before_{count}" for count in COUNTS
            ),
        ),
        read_sql(__name__, "contribute_authors", sign=sign),
    ]
    for sign in ("-1", "1")
)
_INSERT: Final = read_sql(__name__, "insert_engagement")
_DISCARD_REPEATS: Final = read_sql(__name__, "discard_repeats")
_ADD_TO_SUMS: Final = [_add("window"), _add("day")]


def merge_engagement(run: Run) -> None:
    """Merge a staged batch of topic `engagement`."""
    stored_before = run.execute(_DISCARD_STORED)
    if stored_before < run.batch.good:
        _store(run, run.batch.good - stored_before)
    store_rejected(run, "engagement")


def _store(run: Run, staged: int) -> None:
    """Store what is left in the staging table, with its sums; of what is staged twice, the first."""
    run.execute(_CREATE_STRETCHES)
    run.execute(_CREATE_CONTRIBUTIONS)
    for statement in (*_FIND_STRETCHES, *_SUBTRACT):
        run.execute(statement)
    if run.execute(_INSERT) != staged:
        run.execute(_DISCARD_REPEATS)
    count_oddities(run)
    for statement in (*_ADD, *_ADD_TO_SUMS):
        run.execute(statement)
    run.execute(_DROP)
