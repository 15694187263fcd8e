"""Posts into the tables: each post once, as its newest version has it, and every sum with it.

Nearly every batch holds new posts only; what others need besides is in supersede.py and in
merges/accounts.
"""

from dataclasses import dataclass
from typing import Final

from spark_jobs.decode.staged_row import SQL_COLUMNS, Position
from spark_jobs.merges.accounts import AccountChanges, apply_changes, move_users, supersede_posts
from spark_jobs.merges.hashtags import add_hashtags
from spark_jobs.merges.oddities import count_oddities
from spark_jobs.merges.posts.supersede import (
    CREATE_SUPERSEDED,
    DROP_SUPERSEDED,
    prune_empty_rollups,
    remove_superseded,
    supersede_stored,
)
from spark_jobs.merges.rejected import store_rejected
from spark_jobs.merges.run import Batch, Run
from spark_jobs.merges.sql_files import read_sql
from spark_jobs.merges.users import add_authors, update_profiles

STAGING_COLUMNS: Final = read_sql(__name__, "staging_columns", facts_columns=SQL_COLUMNS)

_COUNT_STAGED: Final = "SELECT COUNT(post_id) FROM {staged} WHERE position = 0"
_INSERT_POSTS: Final = read_sql(__name__, "insert_posts")
_NEWEST: Final = 200
"""How many posts of each source `newest_posts` leads to."""
_ADD_NEWEST: Final = read_sql(__name__, "add_newest", newest=_NEWEST)
_PRUNE_NEWEST: Final = read_sql(__name__, "prune_newest", newest=_NEWEST)
_ADD_MINUTES_FROM_PARTIALS: Final = read_sql(
    __name__, "add_minutes_from_partials", post_counts=Position.POST_COUNTS
)
_ADD_MINUTES_FROM_POSTS: Final = read_sql(__name__, "add_minutes_from_posts")


@dataclass(frozen=True)
class _Inserted:
    """Posts of a batch.

    staged      how many there were
    are_new     none was stored before, or staged twice
    superseded  how many rows of `superseded` they and closed accounts made
    """

    staged: int
    are_new: bool
    superseded: int


def merge_posts(run: Run) -> None:
    """Merge a staged batch of topics `posts` and `rejected`."""
    accounts = apply_changes(run)
    posts = _insert_newest(run, accounts)
    run.execute(_ADD_NEWEST)
    run.execute(_PRUNE_NEWEST)
    if accounts.are_any:
        move_users(run)
    count_oddities(run)

    add_authors(run)
    if may_hold_profiles(run.batch, posts.staged, accounts):
        update_profiles(run)
    use_partials = run.batch.is_whole and posts.are_new and not accounts.moved_records
    add_hashtags(run, use_partials=use_partials)
    run.execute(_ADD_MINUTES_FROM_PARTIALS if use_partials else _ADD_MINUTES_FROM_POSTS)

    if posts.superseded:
        prune_empty_rollups(run)
    if accounts.are_any or not posts.are_new:
        run.execute(DROP_SUPERSEDED)
    store_rejected(run, "posts")


def _insert_newest(run: Run, accounts: AccountChanges) -> _Inserted:
    """Insert staged posts, each as its newest version; leave only what was inserted staged."""
    superseded = 0
    if accounts.are_any:
        run.execute(CREATE_SUPERSEDED)
        superseded += supersede_posts(run)

    with run.savepoint("before_posts") as savepoint:
        inserted = run.execute(_INSERT_POSTS)
        staged = run.value(_COUNT_STAGED)
        are_new = inserted == staged
        if not are_new:
            savepoint.roll_back()

    if not are_new:
        if not accounts.are_any:
            run.execute(CREATE_SUPERSEDED)
        superseded += supersede_stored(run)
    if superseded:
        remove_superseded(run)
    if not are_new:
        run.execute(_INSERT_POSTS)
    return _Inserted(staged, are_new, superseded)


def may_hold_profiles(batch: Batch, posts: int, accounts: AccountChanges) -> bool:
    """Return whether records that are no posts may be staged.

    Where accounts moved records, the counts of the batch do not show it.
    """
    return batch.good != posts or accounts.moved_records
