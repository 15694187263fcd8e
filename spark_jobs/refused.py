"""How many records of a source were refused in a row, and when that is too many. Decides only.

A wrong file that is replayed must neither stop the sources that are well nor fill the table
`rejected`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

UNKNOWN: Final = ""
"""Stands for the source of records whose own is not known."""


@dataclass(frozen=True)
class InARow:
    """Of one source: records refused with no good one between, and how many of them are not stored.

    is_set_aside  there were more than the limit; not_stored counts from then on, and keeps its number afterwards
    """

    refused: int = 0
    not_stored: int = 0
    is_set_aside: bool = False


def counted(
    before: Mapping[str, InARow], refused: Mapping[str, int], good: frozenset[str], limit: int
) -> dict[str, InARow]:
    """Return how all sources stand after a batch.

    refused  by source, how many of its records were refused in the batch; none is left out
    good     sources of which a record of the batch was good
    limit    so many in a row are stored, and all of the batch that goes beyond
    """
    after = dict(before)
    for source in before.keys() | refused.keys():
        stands = before.get(source, InARow())
        if _ends(source, refused, good):
            after[source] = replace(stands, refused=0, is_set_aside=False)
        elif refused.get(source):
            after[source] = _longer(stands, refused[source], limit)
    return after


def _ends(source: str, refused: Mapping[str, int], good: frozenset[str]) -> bool:
    """Records of an unknown source are never good: a batch without any ends the row."""
    return source in good if source != UNKNOWN else not refused.get(UNKNOWN)


def _longer(stands: InARow, refused: int, limit: int) -> InARow:
    in_a_row = stands.refused + refused
    not_stored = stands.not_stored + refused if stands.is_set_aside else 0
    return InARow(in_a_row, not_stored, stands.is_set_aside or in_a_row > limit)
