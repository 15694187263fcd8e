"""Authors: how many posts of theirs are stored, and their newest profile."""

from typing import Final

from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql

_ON_DUPLICATE_USER: Final = read_sql(
    __name__, "_on_duplicate_user", profile_is_newer=read_sql(__name__, "_profile_is_newer")
)


def _read_upsert(name: str, **fragments: str) -> str:
    return read_sql(__name__, name, on_duplicate_user=_ON_DUPLICATE_USER, **fragments)


def _insert_author(posts: int) -> str:
    return read_sql(__name__, "_insert_author", posts=posts)


_ADD_AUTHORS: Final = _read_upsert("add_authors", insert_author=_insert_author(1))
_CREDIT_AUTHORS_OF_COPIES: Final = _read_upsert(
    "credit_authors_of_copies", insert_author=_insert_author(0)
)
_UPDATE_PROFILES: Final = _read_upsert("update_profiles")
_UNCOUNT_POSTS: Final = read_sql(__name__, "uncount_posts")


def add_authors(run: Run) -> None:
    """Count each staged post for its author, and store the profile that it holds."""
    run.execute(_ADD_AUTHORS)


def credit_authors_of_copies(run: Run) -> None:
    """Store the profiles that copies of posts hold, before all but one copy are discarded."""
    run.execute(_CREDIT_AUTHORS_OF_COPIES)


def update_profiles(run: Run) -> None:
    """Store staged profiles of authors who are known."""
    run.execute(_UPDATE_PROFILES)


def uncount_authors(run: Run) -> None:
    """Subtract superseded posts from their authors' counts."""
    run.execute(_UNCOUNT_POSTS)
