"""How many records of a source were rejected in a row, and when that is too many. Decides only.

A wrong file that is replayed must neither stop the sources that are well nor fill the table
`rejected`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

UNKNOWN: Final = ""
"""Stands for the source of records whose own is not known."""


@dataclass(frozen=True)
class Streak:
    """Of one source: records rejected with no good one between, and how many of them are not stored.

    is_set_aside  there were more than the limit; not_stored counts from then on, and keeps its number afterwards
    """

    rejected: int = 0
    not_stored: int = 0
    is_set_aside: bool = False


def count_rejections(
    before: Mapping[str, Streak], rejected: Mapping[str, int], good: frozenset[str], limit: int
) -> dict[str, Streak]:
    """Return the streaks of all sources after a batch.

    rejected  by source, how many of its records were rejected in the batch; none is left out
    good      sources of which a record of the batch was good
    limit     so many in a row are stored, and all of the batch that goes beyond
    """
    after = dict(before)
    for source in before.keys() | rejected.keys():
        streak = before.get(source, Streak())
        if _has_ended(source, rejected, good):
            after[source] = replace(streak, rejected=0, is_set_aside=False)
        elif rejected.get(source):
            after[source] = _longer(streak, rejected[source], limit)
    return after


def _has_ended(source: str, rejected: Mapping[str, int], good: frozenset[str]) -> bool:
    """Return whether the batch ends the streak. Records of an unknown source are never good: a batch
    without any ends theirs."""
    return source in good if source != UNKNOWN else not rejected.get(UNKNOWN)


def _longer(streak: Streak, rejected: int, limit: int) -> Streak:
    in_a_row = streak.rejected + rejected
    not_stored = streak.not_stored + rejected if streak.is_set_aside else 0
    return Streak(in_a_row, not_stored, streak.is_set_aside or in_a_row > limit)
