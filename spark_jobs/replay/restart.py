"""Lets a table of the lake go on where the broker no longer has what it wants next: a person has
decided so."""

from contextlib import closing

from spark_jobs.adapters.broker import Broker, TopicState
from tidemark.lake.export import find_table
from tidemark.lake.location import LakeLocation
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.recovery import recover
from tidemark.settings import Settings


def restart_lake(settings: Settings, place: LakeLocation, topic: str) -> LakeOffsets:
    """Step over what is gone, or begin with the new topic of the old name; what is stored stays."""
    recover(place, topic, lambda offsets: None)  # here a person has decided what may be missing
    table = find_table(place, topic)
    with closing(Broker(settings.kafka.bootstrap)) as broker:
        (state,) = broker.topics([topic])
    after = offsets_from_broker(table.offsets, state)
    table.append([], table.offsets, after)
    return after


def offsets_from_broker(before: LakeOffsets | None, state: TopicState) -> LakeOffsets:
    """Of the same topic the nearest offsets that the broker has; of a new one all that it has."""
    known = before.next_offsets if before is not None and before.topic_id == state.topic_id else {}
    offsets = {
        partition: min(max(known.get(partition, earliest), earliest), state.latest[partition])
        for partition, earliest in state.earliest.items()
    }
    return LakeOffsets(state.topic_id, offsets)
