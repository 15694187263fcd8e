"""Steps of migrations that SQL cannot do: a statement `PYTHON name` calls the function of that name."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tidemark.contracts.hashtags import HASHTAG_LIMIT, SEPARATOR, hashtag_key

_HASHTAG_TABLES: Final = ("hashtag_days", "hashtag_hours", "hashtag_minutes", "hashtags")
_ROWS_AT_ONCE: Final = 10_000

# All other keys are unchanged: ASCII letters, which were always lower case, without a sign.
_SUSPECT: Final = "LENGTH(hashtag) <> CHAR_LENGTH(hashtag) OR hashtag REGEXP '[# [:cntrl:]]'"


def note_hashtag_renames(cursor: Any) -> None:
    """Fill `hashtag_renames` (0013_hashtag_keys.sql) with every stored key that today's rule spells differently."""
    renames: dict[str, str] = {}
    for table in _HASHTAG_TABLES:
        cursor.execute(f"SELECT DISTINCT hashtag FROM {table} WHERE {_SUSPECT}")  # noqa: S608, fixed names
        for (former,) in cursor.fetchall():
            key = hashtag_key(former)
            if key != former:
                renames[former] = key if len(key) <= HASHTAG_LIMIT and SEPARATOR not in key else ""
    rows = list(renames.items())
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        cursor.executemany(
            "INSERT INTO hashtag_renames (former, hashtag) VALUES (%s, %s)"
            " ON DUPLICATE KEY UPDATE hashtag = VALUES(hashtag)",
            rows[first : first + _ROWS_AT_ONCE],
        )


STEPS: Final[Mapping[str, Callable[[Any], None]]] = {"note_hashtag_renames": note_hashtag_renames}
