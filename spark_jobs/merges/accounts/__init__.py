"""Accounts that close: what a deleted account wrote is removed for good, what a hidden one wrote
until it is active again.

Of an account the newest event stands, whatever the order of arrival. Records of a hidden author lie
in `hidden_records`, as they were staged or are stored; once the author is active they are staged
again and merged like any others. This runs before anything else of a merge, so that what follows
meets only authors who are to be seen.
"""

from dataclasses import dataclass
from typing import Final

from spark_jobs.decode.hashtags import ROW_HASHTAGS
from spark_jobs.decode.staged_row import ROW
from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql
from tidemark.contracts.hashtags import SEPARATOR

_COUNT_STAGED: Final = "SELECT COUNT(*) FROM {staged} WHERE op = 'account'"
_IS_ANY_CLOSED: Final = "SELECT EXISTS (SELECT 1 FROM accounts WHERE is_closed = 1)"
_UPSERT_ACCOUNTS: Final = read_sql(__name__, "upsert_accounts")

_FACTS: Final = ROW.fields.keys() - {"reason"}
_RESTAGE_HIDDEN: Final = read_sql(
    __name__,
    "restage_hidden",
    facts_of_hidden=ROW.sql_pack({name: f"hidden.{name}" for name in _FACTS}, rest="''"),
)
_DELETE_HIDDEN: Final = read_sql(__name__, "delete_hidden")
_HIDE_RECORDS: Final = read_sql(__name__, "hide_records")
_WITHHOLD_RECORDS: Final = read_sql(__name__, "withhold_records")

_LIST_CLOSED: Final = read_sql(__name__, "list_closed")
_SUPERSEDE_POSTS: Final = read_sql(__name__, "supersede_posts")
_HIDE_POSTS: Final = read_sql(
    __name__, "hide_posts", row_hashtags=ROW_HASHTAGS, separator=SEPARATOR
)


def _read_move(state: str, from_table: str, to_table: str) -> tuple[str, str]:
    copy = read_sql(__name__, "copy_users", state=state, from_table=from_table, to_table=to_table)
    delete = read_sql(__name__, "delete_copied_users", state=state, from_table=from_table)
    return copy, delete


_RESTORE_USERS: Final = _read_move("active", "hidden_users", "users")
_HIDE_USERS: Final = _read_move("hidden", "users", "hidden_users")
_DELETE_USERS: Final = [
    read_sql(__name__, "delete_users", table=table) for table in ("users", "hidden_users")
]


@dataclass(frozen=True)
class AccountChanges:
    """What changes of accounts did to a batch.

    are_any          the batch has such changes
    moved_records    records were restored to the staging table, or withheld: counts of it do not hold
    """

    are_any: bool
    moved_records: bool


def apply_changes(run: Run) -> AccountChanges:
    """Store the batch's changes of accounts, and leave staged only what is to be seen."""
    are_any = run.batch.with_detail > 0 and run.value(_COUNT_STAGED) > 0
    if are_any:
        run.execute(_UPSERT_ACCOUNTS)
    is_any_closed = run.value(_IS_ANY_CLOSED)
    restored = _restore(run) if are_any else 0
    withheld = _withhold(run) if is_any_closed else 0
    return AccountChanges(are_any, moved_records=restored > 0 or withheld > 0)


def _restore(run: Run) -> int:
    """Stage the records of authors who are active again; return how many rows."""
    for move in _RESTORE_USERS:
        run.execute(move)
    restored = run.execute(_RESTAGE_HIDDEN)
    run.execute(_DELETE_HIDDEN)
    return restored


def _withhold(run: Run) -> int:
    """Remove the staged records of closed accounts; return how many rows."""
    run.execute(_HIDE_RECORDS)
    return run.execute(_WITHHOLD_RECORDS)


def supersede_posts(run: Run) -> int:
    """Find the stored posts of accounts that were closed, and keep those that may be restored;
    return how many there are."""
    found = sum(run.execute(_SUPERSEDE_POSTS, account) for account in run.rows(_LIST_CLOSED))
    run.execute(_HIDE_POSTS)
    return found


def move_users(run: Run) -> None:
    """Hide or delete the authors of closed accounts, once their posts are uncounted."""
    for statement in (*_HIDE_USERS, *_DELETE_USERS):
        run.execute(statement)
