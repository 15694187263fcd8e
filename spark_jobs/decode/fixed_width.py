"""The short fields of a staged record, packed into one text of fixed width.

Over JDBC each cell costs, whatever is in it: Connector/J binds it twice and encodes it once, and
the server parses it. So what is short and of known width travels as one cell, and the staging table
takes it apart with generated columns: the merge reads columns as if each had come by itself. WIDTHS
is the only place that knows where a field lies.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

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
"""Characters of each field, in their order; the topic's name follows, and after a blank what is
told of a rejected payload (see `topic_of_rejected`)."""

_REST: Final = 249 + len(" 1048576 ") + 64

_INSTANTS: Final = ("created_at", "received_at", "version_at")
_COUNTS: Final = ("nb_friends", "nb_followers")
_WORDS: Final = ("op", "source", "reason")
_NUMBERS: Final = tuple(name for name in WIDTHS if name not in (*_INSTANTS, *_COUNTS, *_WORDS))

Field: TypeAlias = pa.Array | str | int
"""Of each row, or one for all rows; null is a blank text, or a count that is UNKNOWN."""

NOTHING: Final[Mapping[str, Field]] = (
    dict.fromkeys((*_INSTANTS, *_WORDS), "")
    | dict.fromkeys(_NUMBERS, 0)
    | dict.fromkeys(_COUNTS, UNKNOWN)
)
"""What a row has of which nothing is known."""


def pack_facts(fields: Mapping[str, Field]) -> pa.Array:
    """Return the text of each row, of every one of WIDTHS and `topic`; at least one must be an
    array."""
    # Column by column, as Arrow does it: a % format for each row is dearer.
    return pc.binary_join_element_wise(
        *(_padded(name, fields[name]) for name in WIDTHS), fields["topic"], ""
    )


def _padded(name: str, field: Field) -> pa.Array | str:
    """Numbers stand at the right of their place, texts at the left."""
    is_text = name in _INSTANTS or name in _WORDS
    if isinstance(field, pa.Array):
        known = field.fill_null("" if is_text else UNKNOWN)
        return (
            pc.ascii_rpad(known, WIDTHS[name])
            if is_text
            else pc.ascii_lpad(known.cast(pa.string()), WIDTHS[name])
        )
    return str(field).ljust(WIDTHS[name]) if is_text else str(field).rjust(WIDTHS[name])


def topic_of_rejected(
    topic: pa.Array, payload_bytes: pa.Array, payload_sha256: pa.Array
) -> pa.Array:
    """Return `topic` for the facts of rejected records, with what is told of their payloads, where
    there is one."""
    whole = pc.binary_join_element_wise(topic, payload_bytes.cast(pa.string()), payload_sha256, " ")
    return pc.coalesce(whole, topic)


def field_of(facts: pa.Array, name: str) -> pa.Array:
    """One of WIDTHS as it stands there, in bytes, with its blanks."""
    return pc.binary_slice(facts, _start(name), _start(name) + WIDTHS[name])


def field_is(facts: pa.Array, name: str, value: str) -> pa.Array:
    """Where a word or a number has this value."""
    return pc.equal(field_of(facts, name), str(_padded(name, value)).encode())


def packed(columns: Mapping[str, str]) -> str:
    """Return SQL that makes `facts` of columns: expressions by field; of those that are missing
    nothing is known."""
    fields = (_packed(name, columns.get(name, f"'{NOTHING[name]}'")) for name in WIDTHS)
    return f"CONCAT({', '.join(fields)}, {columns.get('topic', chr(39) * 2)})"


def with_created_at(facts: str, created_at: str) -> str:
    """Return SQL that puts another instant, of milliseconds, in the place of `created_at`."""
    return f"INSERT({facts}, {1 + _start('created_at')}, {WIDTHS['created_at']}, CAST({created_at} AS CHAR))"


def _packed(name: str, value: str) -> str:
    pad = "RPAD" if name in _INSTANTS or name in _WORDS else "LPAD"
    return f"{pad}(COALESCE(CAST({value} AS CHAR), '{NOTHING[name]}'), {WIDTHS[name]}, ' ')"


def _start(name: str) -> int:
    before = list(WIDTHS)[: list(WIDTHS).index(name)]
    return sum(WIDTHS[field] for field in before)


def _piece(name: str) -> str:
    return f"SUBSTRING(facts, {1 + _start(name)}, {WIDTHS[name]})"


def _word(text: str, number: int) -> str:
    return f"SUBSTRING_INDEX(SUBSTRING_INDEX({text}, ' ', {number}), ' ', -1)"


def _generated() -> dict[str, tuple[str, str]]:
    """By column: its type, and the expression. A blank instant or word is NULL."""
    ascii_text = "CHARACTER SET ascii COLLATE ascii_bin"
    rest = f"SUBSTRING(facts, {1 + sum(WIDTHS.values())})"
    instant = "CAST(NULLIF({}, '') AS DATETIME({}))".format
    return {
        "created_at": ("DATETIME(3)", instant(_piece("created_at"), 3)),
        # A blank instant must be NULL before anything is added to it: MySQL refuses the row, where
        # MariaDB warns.
        "minute_at": (
            "DATETIME",
            f"CAST(CONCAT(LEFT(NULLIF({_piece('created_at')}, ''), 17), '00') AS DATETIME)",
        ),
        "received_at": ("DATETIME(6)", instant(_piece("received_at"), 6)),
        "version_at": ("DATETIME(3)", instant(_piece("version_at"), 3)),
        **{name: ("BIGINT", f"CAST({_piece(name)} AS SIGNED)") for name in _NUMBERS},
        **{
            name: ("BIGINT", f"NULLIF(CAST({_piece(name)} AS SIGNED), {UNKNOWN})")
            for name in _COUNTS
        },
        **{
            name: (f"VARCHAR({WIDTHS[name]}) {ascii_text}", f"NULLIF(RTRIM({_piece(name)}), '')")
            for name in _WORDS
        },
        "topic": (f"VARCHAR(249) {ascii_text}", f"SUBSTRING_INDEX({rest}, ' ', 1)"),
        "payload_bytes": (
            "BIGINT",
            f"IF(LOCATE(' ', {rest}), CAST({_word(rest, 2)} AS SIGNED), NULL)",
        ),
        "payload_sha256": (
            f"CHAR(64) {ascii_text}",
            f"IF(LOCATE(' ', {rest}), {_word(rest, 3)}, NULL)",
        ),
    }


COLUMNS: Final = ",\n  ".join(
    [
        f"facts VARCHAR({sum(WIDTHS.values()) + _REST}) CHARACTER SET ascii COLLATE ascii_bin NOT NULL",
        *(
            f"{name} {kind} AS ({expression}) VIRTUAL"
            for name, (kind, expression) in _generated().items()
        ),
    ]
)
"""Of the staging table: `facts`, and the columns that are made of it."""
