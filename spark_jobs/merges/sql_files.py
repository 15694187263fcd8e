"""SQL files of merges, read once, when the package that they lie in is imported.

A file holds one statement. Its placeholders in braces are

{staged}         the staging table of the batch
{counted}        the temporary table that hashtags are counted into, empty when a merge begins
{superseded}     the temporary table of posts that a newer version replaces
{copies}         the temporary table of posts that the batch holds more than once
{stretches}      the temporary table of what is read of stored observations
{contributions}  the temporary table of what they add to sums, or added

which a merge puts in (run.Run), and those that its package puts in when it reads the file: a grain,
a column, a condition that several statements share. Shared conditions are files too: their names
begin with `_`. To paste a statement into EXPLAIN, print it with those put in:

    python -c "from spark_jobs.merges.posts import supersede; print(supersede._FIND_MOVED)"

All of it runs on MySQL 8.4 and 9 and on MariaDB 10.11: VALUES() and not a row alias in upserts; a
name in GROUP BY is a column before it is an alias; no temporary table twice in one statement.
"""

from importlib.resources import files
from typing import Final

TEMPORARY: Final = ("counted", "superseded", "copies", "stretches", "contributions")
TABLES: Final = ("staged", *TEMPORARY)


def read_sql(package: str, name: str, **fragments: object) -> str:
    """Return the statement of `name`.sql in `package`, without its comments.

    fragments  by placeholder, what stands there; those of TABLES stay. KeyError for one that is missing.
    """
    # Works too where the package lies in the zip that spark-submit was given as --py-files.
    text = (files(package) / f"{name}.sql").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    tables = {table: f"{{{table}}}" for table in TABLES}
    return "\n".join(lines).strip().removesuffix(";").format_map(tables | fragments)
