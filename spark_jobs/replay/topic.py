"""A topic of a job as the lake has it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from spark_jobs.job import Job
from spark_jobs.merging.broker import TopicState
from tidemark.errors import LakeError
from tidemark.lake.export import find_table
from tidemark.lake.location import LakeLocation
from tidemark.lake.offset_reader import OffsetReader
from tidemark.lake.reader import Span
from tidemark.lake.table import LakeTable

_COLUMNS: Final = (
    *("value", "source", "received_at", "event_id", "rules", "reason"),
    *("topic_id", "kafka_partition", "kafka_offset"),
)


@dataclass(frozen=True)
class ReplayTopic:
    """A topic and its rows; `state.earliest` is where the replay may begin, which is not before the
    first row."""

    state: TopicState
    reader: OffsetReader


def find_topics(location: LakeLocation, job: Job, since: datetime | None) -> list[ReplayTopic]:
    """Return the job's topics, from what arrived since then on.

    Raises LakeError where the job's first topic has no table. One that it reads beside the first
    may have no records, and is left out.
    """
    return [_read(table, since) for table in _tables(location, job)]


def _tables(location: LakeLocation, job: Job) -> Iterator[LakeTable]:
    first, *others = job.reads
    yield find_table(location, first.name)
    for topic in others:
        table = LakeTable.find(location, topic.name)
        if table is not None and table.offsets is not None:
            yield table


def _read(table: LakeTable, since: datetime | None) -> ReplayTopic:
    if table.offsets is None:
        raise LakeError(
            f"{table.location.table_uri(table.topic)} does not tell how far it has come: no job wrote it"
        )
    ends = dict(table.offsets.next_offsets)
    firsts = OffsetReader(table, Span(since), _COLUMNS).first()
    starts = {partition: firsts.get(partition, end) for partition, end in ends.items()}
    state = TopicState(table.topic, table.offsets.topic_id, starts, ends)
    return ReplayTopic(state, OffsetReader(table, Span(), _COLUMNS))
