"""Lets a table of the lake continue where the broker no longer has what it wants next: a person has
decided so."""

from contextlib import closing

from spark_jobs.adapters.broker import KafkaBroker
from spark_jobs.merging.broker import TopicState
from tidemark.lake.export import find_table
from tidemark.lake.location import LakeLocation
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.recovery import recover
from tidemark.settings import Settings


def restart_lake(settings: Settings, location: LakeLocation, topic: str) -> LakeOffsets:
    """Step over what is gone, or begin with the new topic of the old name; what is stored stays.

    Returns where the table continues.
    """
    recover(location, topic, lambda offsets: None)  # here a person has decided what may be missing
    table = find_table(location, topic)
    with closing(KafkaBroker(settings.kafka.bootstrap)) as broker:
        (state,) = broker.topics([topic])
    after = offsets_from_broker(table.offsets, state)
    table.append([], table.offsets, after)
    return after


def offsets_from_broker(before: LakeOffsets | None, state: TopicState) -> LakeOffsets:
    """Return, of the same topic, the nearest offsets that the broker has; of a new one all that it
    has."""
    known = before.next_offsets if before is not None and before.topic_id == state.topic_id else {}
    offsets = {}
    for partition, earliest in state.earliest.items():
        wanted = max(known.get(partition, earliest), earliest)
        offsets[partition] = min(wanted, state.latest[partition])
    return LakeOffsets(state.topic_id, offsets)
