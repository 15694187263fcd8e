"""Texts of fixed width: many short fields of a row in one cell.

Over JDBC each cell costs, whatever is in it: Connector/J binds it twice and encodes it once, and
the server parses it. So what is short and of known width travels as one cell, and generated columns
of the staging table take it apart: a merge reads columns as if each had come by itself. A FixedWidth
is declared once, and gives the packer, SQL that packs, and the columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

UNKNOWN: Final = -1
"""Stands for NULL where a count is not known."""

ASCII: Final = "CHARACTER SET ascii COLLATE ascii_bin"

Value: TypeAlias = pa.Array | str | int
"""Of each row, or one for all rows; null is the field's `unknown`."""


@dataclass(frozen=True)
class Field:
    """One place in the text: numbers stand at its right, texts at its left.

    unknown   what a row has where the field is not known
    sql_type  of its column
    read      SQL that makes the column's value of {slot}, the characters of the place
    """

    width: int
    unknown: str
    is_text: bool
    sql_type: str
    read: str

    def pad(self, value: Value) -> pa.Array | str:
        """Return the value in the width of the place."""
        if isinstance(value, pa.Array):
            if self.is_text:
                return pc.ascii_rpad(value.fill_null(self.unknown), self.width)
            return pc.ascii_lpad(value.fill_null(UNKNOWN).cast(pa.string()), self.width)
        text = str(value)
        return text.ljust(self.width) if self.is_text else text.rjust(self.width)

    def sql_pad(self, expression: str) -> str:
        """Return SQL for `pad`."""
        function = "RPAD" if self.is_text else "LPAD"
        known = f"COALESCE(CAST({expression} AS CHAR), '{self.unknown}')"
        return f"{function}({known}, {self.width}, ' ')"


def instant(digits: int) -> Field:
    """Return a field for an instant with so many decimals, in UTC, or NULL."""
    width = len("2026-03-01 12:34:56.") + digits
    # A blank instant must be NULL before anything is made of it: MySQL refuses the row, where
    # MariaDB warns.
    read = f"CAST(NULLIF({{slot}}, '') AS DATETIME({digits}))"
    return Field(width, "", is_text=True, sql_type=f"DATETIME({digits})", read=read)


def number(width: int) -> Field:
    """Return a field for a number that is always known; 0 where it is not given."""
    read = "CAST({slot} AS SIGNED)"
    return Field(width, "0", is_text=False, sql_type="BIGINT", read=read)


def count(width: int) -> Field:
    """Return a field for a number of 0 or more, or NULL."""
    read = f"NULLIF(CAST({{slot}} AS SIGNED), {UNKNOWN})"
    return Field(width, str(UNKNOWN), is_text=False, sql_type="BIGINT", read=read)


def word(width: int) -> Field:
    """Return a field for an ASCII word, or NULL."""
    read = "NULLIF(RTRIM({slot}), '')"
    return Field(width, "", is_text=True, sql_type=f"VARCHAR({width}) {ASCII}", read=read)


class FixedWidth:
    """A text that begins with these fields, in their order; what follows them has any width."""

    def __init__(self, **fields: Field) -> None:
        self.fields: Final[Mapping[str, Field]] = fields
        self._starts: dict[str, int] = {}
        self.width = 0
        for name, field in fields.items():
            self._starts[name] = self.width
            self.width += field.width

    def pack(self, values: Mapping[str, Value], rest: pa.Array) -> pa.Array:
        """Return the text of each row; fields without a value are unknown."""
        # Column by column, as Arrow does it: a % format for each row costs more.
        padded = [field.pad(values.get(name, field.unknown)) for name, field in self.fields.items()]
        return pc.binary_join_element_wise(*padded, rest, "")

    def sql_pack(self, values: Mapping[str, str], rest: str) -> str:
        """Return SQL for `pack`, of expressions by field."""
        padded = [
            field.sql_pad(values.get(name, f"'{field.unknown}'"))
            for name, field in self.fields.items()
        ]
        return f"CONCAT({', '.join(padded)}, {rest})"

    def sql_replace(self, packed: str, name: str, value: str) -> str:
        """Return SQL for `packed` with another value, of the field's width, in the place of a
        field."""
        place = f"{1 + self._starts[name]}, {self.fields[name].width}"
        return f"INSERT({packed}, {place}, CAST({value} AS CHAR))"

    def sql_slot(self, packed: str, name: str) -> str:
        """Return SQL for the characters of a field's place, with their blanks."""
        return f"SUBSTRING({packed}, {1 + self._starts[name]}, {self.fields[name].width})"

    def sql_rest(self, packed: str) -> str:
        """Return SQL for what follows the fields."""
        return f"SUBSTRING({packed}, {1 + self.width})"

    def sql_columns(self, packed: str) -> dict[str, tuple[str, str]]:
        """Return, by field, the type of its column, and the expression that reads it."""
        return {
            name: (field.sql_type, field.read.format(slot=self.sql_slot(packed, name)))
            for name, field in self.fields.items()
        }
