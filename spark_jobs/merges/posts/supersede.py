"""Posts that come again, are edited or deleted: the newest version stands, whatever the order they
come in.

A delete is final. Else the version with the later version_at stands; a source without
versions leaves it unknown. Of copies of one version the one that knows its author stands,
then the one that arrived first, then by place in Kafka: never the one that was merged first. A
deleted post leaves a row with its id, so that a late version finds it.

What a superseded version had added to the sums is subtracted, then the new one is stored like any
other post.
"""

from typing import Final

from spark_jobs.decode.hashtags import ROW_HASHTAGS
from spark_jobs.decode.staged_row import ROW
from spark_jobs.merges.hashtags import prune_empty_hashtags, uncount_hashtags
from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql
from spark_jobs.merges.users import credit_authors_of_copies, uncount_authors
from tidemark.contracts.hashtags import SEPARATOR

_PACKAGE: Final = "spark_jobs.merges.posts"

CREATE_SUPERSEDED: Final = read_sql(_PACKAGE, "create_superseded")
DROP_SUPERSEDED: Final = "DROP TEMPORARY TABLE {superseded}"

_CREATE_COPIES: Final = read_sql(_PACKAGE, "create_copies")
_DROP_COPIES: Final = "DROP TEMPORARY TABLE {copies}"
_FIND_COPIES: Final = read_sql(_PACKAGE, "find_copies")
_BACKDATE_COPIES: Final = read_sql(
    _PACKAGE,
    "backdate_copies",
    facts_from_earliest=ROW.sql_replace("staged.facts", "created_at", "copies.earliest"),
)
_DISCARD_OTHER_COPIES: Final = read_sql(_PACKAGE, "discard_other_copies")

_IS_BETTER: Final = read_sql(_PACKAGE, "_is_better")
_SUPERSEDES: Final = read_sql(_PACKAGE, "_supersedes", is_better=_IS_BETTER)
_FIND_SUPERSEDED: Final = read_sql(_PACKAGE, "find_superseded", supersedes=_SUPERSEDES)
_FIND_MOVED: Final = read_sql(_PACKAGE, "find_moved", supersedes=_SUPERSEDES)
_UPDATE_DELETES: Final = read_sql(_PACKAGE, "update_deletes", is_better=_IS_BETTER)
_DISCARD_OUTDATED: Final = read_sql(_PACKAGE, "discard_outdated", supersedes=_SUPERSEDES)

_FACTS_OF_STORED: Final = ROW.fields.keys() - {"reason", "nb_friends", "nb_followers"}
_RESTAGE_MOVED: Final = read_sql(
    _PACKAGE,
    "restage_moved",
    facts_of_moved=ROW.sql_pack({name: f"moved.{name}" for name in _FACTS_OF_STORED}, rest="''"),
    row_hashtags=ROW_HASHTAGS,
    separator=SEPARATOR,
)
_BACKDATE_UPDATES: Final = read_sql(
    _PACKAGE,
    "backdate_updates",
    facts_from_superseded=ROW.sql_replace("staged.facts", "created_at", "superseded.created_at"),
)

_UNCOUNT_MINUTES: Final = read_sql(_PACKAGE, "uncount_minutes")
_DELETE_SUPERSEDED: Final = read_sql(_PACKAGE, "delete_superseded")
_PRUNE_EMPTY_MINUTES: Final = read_sql(_PACKAGE, "prune_empty_minutes")


def supersede_stored(run: Run) -> int:
    """Find the stored posts that staged ones supersede or move; return how many rows.

    Leaves staged, once each, only what is to be inserted.
    """
    _keep_best_copies(run)
    superseded = run.execute(_FIND_SUPERSEDED)
    moved = run.execute(_FIND_MOVED)
    run.execute(_UPDATE_DELETES)
    run.execute(_DISCARD_OUTDATED)
    run.execute(_RESTAGE_MOVED)
    run.execute(_BACKDATE_UPDATES)
    return superseded + moved


def _keep_best_copies(run: Run) -> None:
    """Leave one copy of each post staged: the one that stands."""
    run.execute(_CREATE_COPIES)
    run.execute(_FIND_COPIES)
    credit_authors_of_copies(run)
    run.execute(_BACKDATE_COPIES)
    run.execute(_DISCARD_OTHER_COPIES)
    run.execute(_DROP_COPIES)


def remove_superseded(run: Run) -> None:
    """Delete superseded posts, and subtract what they had added to the sums."""
    uncount_authors(run)
    run.execute(_UNCOUNT_MINUTES)
    uncount_hashtags(run)
    run.execute(_DELETE_SUPERSEDED)


def prune_empty_rollups(run: Run) -> None:
    """Delete the rows of rollups that count nothing any more."""
    prune_empty_hashtags(run)
    run.execute(_PRUNE_EMPTY_MINUTES)
