"""The fence before a table of the lake: the table's own offsets stand in place of the ledger's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from spark_jobs.merging.broker import TopicState
from spark_jobs.merging.fence import (
    IsAll,
    Place,
    StagedRange,
    check_start,
    check_topic,
    reached,
    replayed,
)
from tidemark.errors import FenceError, GapError
from tidemark.lake.offset_ranges import Ranges
from tidemark.lake.offsets import LakeOffsets


def start_offsets(state: TopicState, offsets: LakeOffsets | None) -> dict[int, int]:
    """Return where each partition continues; a partition that is new to the table starts at its
    earliest record.

    Raises TopicReplacedError or GapError where the broker's topic is not the one of the table.
    """
    with lake_errors(state.name):
        if offsets is not None:
            check_topic(state.name, offsets.topic_id, state.topic_id)
        known = {} if offsets is None else offsets.next_offsets
        found = {}
        for partition, earliest in state.earliest.items():
            next_offset = known.get(partition, earliest)
            check_start(state.name, partition, next_offset, earliest, state.latest[partition])
            found[partition] = next_offset
        return found


def offsets_after(
    topic: str,
    before: Mapping[int, int],
    held: Ranges,
    ends: Mapping[Place, int],
    is_all: IsAll,
) -> dict[int, int]:
    """Return the next offset of each partition behind a batch.

    before  the next offsets before it
    held    what its files hold, by partition
    ends    the offsets before which it ends, where that is known

    Raises GapError where the batch does not join on to `before`, or has records of it again.
    """
    ranges = [
        StagedRange(topic, partition, first, last, records, 0)
        for partition, (first, last, records) in held.items()
    ]
    ledger = {(topic, partition): offset for partition, offset in before.items()}
    if again := replayed(ranges, ledger, is_all):
        raise GapError(
            f"Spark read records of {again} again, which are in the table already; start it again"
        )
    moved = reached(ranges, ledger, ends, is_all)
    return {**before, **{partition: end for (_, partition), end in moved.items()}}


@contextmanager
def lake_errors(topic: str) -> Iterator[None]:
    """Raise a FenceError of the code within as one that names the table, and how to continue it.

    The fence names a ledger; here it is the table's.
    """
    try:
        yield
    except FenceError as error:
        raise type(error)(
            f"lake table {topic}: {error}, or `tidemark lake restart {topic}`"
        ) from None
