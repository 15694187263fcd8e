"""The offset fence: what of a staged batch may be merged. Decides only; see docs/architecture.md for why.

The ledger, in MySQL, says for each partition which offset comes next. A batch must join on to it without a hole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tidemark.errors import GapError, TopicReplacedError

Place = tuple[str, int]
"""(topic, partition)"""

_WHAT_NOW = "docs/operate.md tells how to go on"


@dataclass(frozen=True)
class StagedRange:
    """What a staging table holds of one partition; records counts each offset once.

    rejected, noted  of these, how many have a reason, and how many a detail
    """

    topic: str
    partition: int
    first_offset: int
    last_offset: int
    records: int
    rejected: int
    noted: int = 0

    @property
    def place(self) -> Place:
        return self.topic, self.partition


def check_topic(topic: str, stored_id: str, found_id: str) -> None:
    """TopicReplacedError where the ledger speaks of another topic of the same name."""
    if stored_id != found_id:
        raise TopicReplacedError(
            f"topic {topic} was made anew: the ledger counts offsets of {stored_id}, the broker has {found_id}; "
            f"{_WHAT_NOW}"
        )


def check_start(topic: str, partition: int, next_offset: int, earliest: int, latest: int) -> None:
    """GapError where the broker no longer has, or has never had, what the ledger wants next."""
    if not earliest <= next_offset <= latest:
        raise GapError(
            f"{topic}/{partition}: the ledger wants offset {next_offset}, the broker has {earliest} to {latest}; "
            f"{_WHAT_NOW}"
        )


def replayed(ranges: Iterable[StagedRange], ledger: Mapping[Place, int]) -> dict[Place, int]:
    """Where staged offsets were merged before: the place, and the offset below which rows are to be skipped.

    Raises GapError where a range begins above the ledger or has a hole: what is missing was never staged.
    """
    skip: dict[Place, int] = {}
    for staged in ranges:
        next_offset = ledger.get(staged.place, 0)
        spot = f"{staged.topic}/{staged.partition}"
        if staged.first_offset > next_offset:
            raise GapError(
                f"{spot}: the batch begins at offset {staged.first_offset}, the ledger wants {next_offset}; {_WHAT_NOW}"
            )
        expected = staged.last_offset - staged.first_offset + 1
        if staged.records != expected:
            raise GapError(
                f"{spot}: {staged.records} records staged of the {expected} between offsets {staged.first_offset} "
                f"and {staged.last_offset}; {_WHAT_NOW}"
            )
        if staged.first_offset < next_offset:
            skip[staged.place] = next_offset
    return skip
