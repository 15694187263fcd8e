"""The offset fence: what of a staged batch may be merged. Decides only; see docs/architecture.md
for why.

The ledger, in MySQL, says for each partition which offset comes next. A batch must join on to it
without a hole.
"""

from collections.abc import Callable, Iterable, Mapping
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
    """Raise TopicReplacedError where the ledger counts another topic of the same name."""
    if stored_id != found_id:
        raise TopicReplacedError(
            f"topic {topic} was made anew: the ledger counts offsets of {stored_id}, the broker has {found_id}; "
            f"{_WHAT_NOW}"
        )


def check_start(topic: str, partition: int, next_offset: int, earliest: int, latest: int) -> None:
    """Raise GapError where the broker no longer has, or has never had, what the ledger wants
    next."""
    if not earliest <= next_offset <= latest:
        raise GapError(
            f"{topic}/{partition}: the ledger wants offset {next_offset}, the broker has {earliest} to {latest}; "
            f"{_WHAT_NOW}"
        )


IsAll = Callable[[Place, int, int], bool]
"""Whether what is staged of a place, from an offset to before another, is all that a consumer finds
there."""


def _nobody_looks(_place: Place, _first: int, _end: int) -> bool:
    return False


def replayed(
    ranges: Iterable[StagedRange], ledger: Mapping[Place, int], is_all: IsAll = _nobody_looks
) -> dict[Place, int]:
    """Return where staged offsets were merged before: by place, the offset below which rows are to
    be skipped.

    Offsets that have no record (markers of transactions, aborted or compacted records) are no gap:
    `is_all` is asked where a range does not join on, or has a hole. Raises GapError where that is
    not so: what is missing was never staged.
    """
    skip: dict[Place, int] = {}
    for staged in ranges:
        next_offset = ledger.get(staged.place, 0)
        first = min(next_offset, staged.first_offset)
        if (gap := _gap(staged, next_offset)) and not is_all(
            staged.place, first, staged.last_offset + 1
        ):
            raise GapError(f"{staged.topic}/{staged.partition}: {gap}; {_WHAT_NOW}")
        if staged.first_offset < next_offset:
            skip[staged.place] = next_offset
    return skip


def _gap(staged: StagedRange, next_offset: int) -> str | None:
    if staged.first_offset > next_offset:
        return f"the batch begins at offset {staged.first_offset}, the ledger wants {next_offset}"
    expected = staged.last_offset - staged.first_offset + 1
    if staged.records != expected:
        return (
            f"{staged.records} records staged of the {expected} between offsets {staged.first_offset} "
            f"and {staged.last_offset}"
        )
    return None


def reached(
    ranges: Iterable[StagedRange],
    ledger: Mapping[Place, int],
    ends: Mapping[Place, int],
    is_all: IsAll = _nobody_looks,
) -> dict[Place, int]:
    """Return where the ledger stands after the batch: behind what was staged, and behind the
    batch's own end.

    ends  by place, the offset before which the batch ends; beyond what was staged there are only offsets without a
          record, else it is a GapError
    """
    after = {staged.place: staged.last_offset + 1 for staged in ranges}
    for place, end in ends.items():
        at = max(after.get(place, 0), ledger.get(place, 0))
        if at < end:
            if not is_all(place, at, end):
                raise GapError(
                    f"{place[0]}/{place[1]}: the batch goes to offset {end}, and was staged to {at}; {_WHAT_NOW}"
                )
            after[place] = end
    return after
