"""The short fields of a staged record, packed into one text of fixed width.

Over JDBC each cell costs, whatever is in it: Connector/J binds it twice and encodes it once, and the server parses it.
So what is short and of known width travels as one cell, and the staging table takes it apart with generated columns:
the merge reads columns as if each had come by itself. WIDTHS is the only place that knows where a field lies.
"""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

UNKNOWN: Final = -1
"""Stands for NULL where a count is not known."""

WIDTHS: Final = {
    "created_at": 23,
    "received_at": 26,
    "version_at": 23,
    "kafka_partition": 10,
    "kafka_offset": 19,
    "position": 10,
    "uses": 2,
    "is_repost": 1,
    "nb_hashtags": 10,
    "nb_mentions": 10,
    "nb_links": 10,
    "nb_friends": 19,
    "nb_followers": 19,
    "op": 8,
    "source": 16,
    "reason": 32,
}
"""Characters of each field, in their order; the topic's name follows and takes what is left."""

_INSTANTS: Final = ("created_at", "received_at", "version_at")
_COUNTS: Final = ("nb_friends", "nb_followers")
_WORDS: Final = ("op", "source", "reason")
_NUMBERS: Final = tuple(name for name in WIDTHS if name not in (*_INSTANTS, *_COUNTS, *_WORDS))

PACKED: Final = "".join(
    [
        *(f"%{WIDTHS[name]}d" for name in (*_NUMBERS, *_COUNTS)),
        *(f"%-{WIDTHS[name]}s" for name in _WORDS),
        "%s",
    ]
)
"""The % format of all that follows the instants: fields from kafka_partition on, in their order, and the topic."""


def field_of(facts: pa.Array, name: str) -> pa.Array:
    """One of WIDTHS as it stands there, with its blanks."""
    return pc.utf8_slice_codeunits(facts, _start(name), _start(name) + WIDTHS[name])


def _start(name: str) -> int:
    before = list(WIDTHS)[: list(WIDTHS).index(name)]
    return sum(WIDTHS[field] for field in before)


def _piece(name: str) -> str:
    return f"SUBSTRING(facts, {1 + _start(name)}, {WIDTHS[name]})"


def _generated() -> dict[str, tuple[str, str]]:
    """By column: its type, and the expression. A blank instant or word is NULL."""
    ascii_text = "CHARACTER SET ascii COLLATE ascii_bin"
    instant = "CAST(NULLIF({}, '') AS DATETIME({}))".format
    return {
        "created_at": ("DATETIME(3)", instant(_piece("created_at"), 3)),
        # A blank instant must be NULL before anything is added to it: MySQL refuses the row, where MariaDB warns.
        "minute_at": ("DATETIME", f"CAST(CONCAT(LEFT(NULLIF({_piece('created_at')}, ''), 17), '00') AS DATETIME)"),
        "received_at": ("DATETIME(6)", instant(_piece("received_at"), 6)),
        "version_at": ("DATETIME(3)", instant(_piece("version_at"), 3)),
        **{name: ("BIGINT", f"CAST({_piece(name)} AS SIGNED)") for name in _NUMBERS},
        **{name: ("BIGINT", f"NULLIF(CAST({_piece(name)} AS SIGNED), {UNKNOWN})") for name in _COUNTS},
        **{name: (f"VARCHAR({WIDTHS[name]}) {ascii_text}", f"NULLIF(RTRIM({_piece(name)}), '')") for name in _WORDS},
        "topic": (f"VARCHAR(249) {ascii_text}", f"SUBSTRING(facts, {1 + sum(WIDTHS.values())})"),
    }


COLUMNS: Final = ",\n  ".join(
    [
        f"facts VARCHAR({sum(WIDTHS.values()) + 249}) CHARACTER SET ascii COLLATE ascii_bin NOT NULL",
        *(f"{name} {kind} AS ({expression}) VIRTUAL" for name, (kind, expression) in _generated().items()),
    ]
)
"""Of the staging table: `facts`, and the columns that are made of it."""
