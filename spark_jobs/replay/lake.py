"""Builds tables of MySQL from the lake: each record through the job's own decoder, staging, fence
and merge.

Offsets stay those of Kafka, so that the job goes on in Kafka where the lake ends. What is in the
tables already is found as a repeat and counted no second time.
"""

import itertools
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.progress import Progress as Bar

from spark_jobs.adapters.broker import Broker, TopicState
from spark_jobs.adapters.connection import check_tables, prepare
from spark_jobs.adapters.job import Job
from spark_jobs.adapters.log_reader import LogReader
from spark_jobs.all_jobs import JOBS
from spark_jobs.decode.kafka_batch import COLUMNS
from spark_jobs.merging.fence import Place
from spark_jobs.merging.ledger import Ledger
from spark_jobs.merging.merger import Merger
from spark_jobs.merging.progress import Progress
from spark_jobs.merging.rejects import Rejects
from spark_jobs.merging.staging import Staging
from tidemark import mysql
from tidemark.contracts.events import (
    EVENT_ID_HEADER,
    REASON_HEADER,
    RECEIVED_AT_HEADER,
    RULES_HEADER,
    SOURCE_HEADER,
)
from tidemark.errors import GapError, LakeError
from tidemark.lake.export import find_table
from tidemark.lake.location import LakeLocation
from tidemark.lake.offset_reader import OffsetReader
from tidemark.lake.reader import Span
from tidemark.lake.table import LakeTable
from tidemark.settings import Settings
from tidemark.upkeep.retention import dropping_before

_RAW: Final = (
    *("value", "source", "received_at", "event_id", "rules", "reason"),
    *("topic_id", "kafka_partition", "kafka_offset"),
)
_INSERT_ROWS: Final = 1_000


@dataclass(frozen=True)
class _Topic:
    """A topic of the job as the lake has it; starts are by partition, and none is before the first
    row."""

    state: TopicState
    reader: OffsetReader


def replay_lake(
    settings: Settings, place: LakeLocation, topic: str, since: datetime | None, console: Console
) -> int:
    """Merge what the lake has after the ledger, or what arrived since then; how many records. The
    job must not run."""
    job = _job(topic)
    topics = [_topic(table, since) for table in _tables(place, job)]
    with ExitStack() as open_things:
        connection = open_things.enter_context(mysql.connect(settings.mysql, "writer"))
        prepare(connection)
        check_tables(connection)
        ledger = Ledger(connection, job.name, settings.mysql)
        ledger.lock()
        _refuse_dropped(connection, job, since)
        _open(
            ledger, connection, job, [topic.state for topic in topics], from_start=since is not None
        )
        broker = _LakeBroker([topic.state for topic in topics])
        staging = Staging(
            connection, settings.mysql, job.name, job.staging_columns, job.counted_columns
        )
        staging.make()
        rejects = Rejects(connection, job.name, settings.spark.reject_limit)
        rejects.open()
        merger = Merger(
            connection,
            broker=broker,
            ledger=ledger,
            staging=staging,
            progress=Progress(connection, job.name, broker, ledger),
            log_reader=_LakeReader(topics),
            merge_tables=job.merge,
            rejects=rejects,
        )
        open_things.callback(merger.close)
        inserting = open_things.enter_context(mysql.connect(settings.mysql, "writer"))
        bar = open_things.enter_context(Bar(console=console, disable=not console.is_terminal))
        task = bar.add_task(topic, total=_count(topics, ledger.next_offsets))
        merged = 0
        tables = itertools.cycle(staging.tables)
        for batch in _batches(topics, dict(ledger.next_offsets)):
            table, began_s = next(tables), time.monotonic()
            _insert(inserting, table, job, batch)
            merger.submit(table, began_s)
            merged += sum(len(records) for records in batch)
            bar.advance(task, sum(len(records) for records in batch))
        merger.wait()
    return merged


def _job(topic: str) -> Job:
    for job in JOBS:
        if job.reads[0].name == topic:
            return job
    raise LakeError(
        f"no job makes tables of topic {topic}; those that are: {', '.join(j.reads[0].name for j in JOBS)}"
    )


def _tables(place: LakeLocation, job: Job) -> Iterator[LakeTable]:
    """LakeError where the first is missing; a topic that came to the job besides may have no
    records."""
    yield find_table(place, job.reads[0].name)
    for topic in job.reads[1:]:
        if (table := LakeTable.find(place, topic.name)) is not None and table.offsets is not None:
            yield table


def _topic(table: LakeTable, since: datetime | None) -> _Topic:
    if table.offsets is None:
        raise LakeError(
            f"{table.location.table_uri(table.topic)} does not tell how far it has come: no job wrote it"
        )
    ends = dict(table.offsets.next_offsets)
    firsts = OffsetReader(table, Span(since), _RAW).first()
    starts = {partition: firsts.get(partition, end) for partition, end in ends.items()}
    return _Topic(
        TopicState(table.topic, table.offsets.topic_id, starts, ends),
        OffsetReader(table, Span(), _RAW),
    )


def _refuse_dropped(connection: Any, job: Job, since: datetime | None) -> None:
    """LakeError where rows would come again that were counted, and are no longer there to tell
    it."""
    table = job.reads[0].name
    before = dropping_before(connection, table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM ledger WHERE job = %s", (job.name,))
        has_begun = cursor.fetchone() != (0,)
    is_before = (
        not has_begun
        if since is None
        else before is not None and since < before.replace(tzinfo=UTC)
    )
    if before is not None and is_before:
        raise LakeError(
            f"what came before {before:%Y-%m-%d} was dropped from table {table}, and would be counted a second time; "
            f"give --since {before:%Y-%m-%d} or later, or, to build all anew, empty all tables, `retention` among them"
        )


def _open(
    ledger: Ledger, connection: Any, job: Job, states: Sequence[TopicState], *, from_start: bool
) -> None:
    if from_start:
        with connection.cursor() as cursor:
            for state in states:
                cursor.execute(
                    "DELETE FROM ledger WHERE job = %s AND topic = %s", (job.name, state.name)
                )
    try:
        ledger.open(states)
    except GapError as error:
        raise GapError(
            f"of job {job.name}, here with the lake for the broker: {error}, or give --since"
        ) from None


def _batches(topics: Sequence[_Topic], at: dict[Place, int]) -> Iterator[list[pa.RecordBatch]]:
    """Records as Kafka had them, in turn a window of each partition, until all are read."""
    left = {(topic.state.name, partition) for topic in topics for partition in topic.state.latest}
    while left:
        batch: list[pa.RecordBatch] = []
        for topic in topics:
            for partition, end in topic.state.latest.items():
                place = (topic.state.name, partition)
                found = (
                    topic.reader.read_next(topic.state.topic_id, partition, at[place], end)
                    if place in left
                    else None
                )
                if found is None:
                    left.discard(place)
                    continue
                rows, at[place] = found
                batch += [_as_kafka(part, topic.state.name) for part in rows.to_batches()]
        if batch:
            yield batch


def _as_kafka(rows: pa.RecordBatch, topic: str) -> pa.RecordBatch:
    """kafka_batch.COLUMNS of rows of a table."""
    received_us = pc.cast(
        pc.cast(rows["received_at"], pa.timestamp("us", "UTC")), pa.int64()
    ).to_pylist()
    known = {
        SOURCE_HEADER: rows["source"].to_pylist(),
        EVENT_ID_HEADER: rows["event_id"].to_pylist(),
        RECEIVED_AT_HEADER: [None if at is None else str(at) for at in received_us],
        RULES_HEADER: rows["rules"].to_pylist(),
        REASON_HEADER: rows["reason"].to_pylist(),
    }
    headers = [
        [(name, text.encode()) for name, text in zip(known, texts, strict=True) if text is not None]
        for texts in zip(*known.values(), strict=True)
    ]
    kind = pa.map_(pa.string(), pa.binary())
    entries = pa.array(headers, kind).cast(
        pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))
    )
    columns = {
        "topic": pa.array([topic] * len(rows), pa.string()),
        "partition": rows["kafka_partition"],
        "offset": rows["kafka_offset"],
        "timestamp": rows["received_at"],
        "headers": entries,
        "value": rows["value"],
    }
    return pa.record_batch([columns[name] for name in COLUMNS], names=list(COLUMNS))


def _insert(connection: Any, table: str, job: Job, batch: Sequence[pa.RecordBatch]) -> None:
    """In one transaction, as a task of Spark's would."""
    with connection.cursor() as cursor:
        for staged in job.stage(iter(batch)):
            names = staged.schema.names
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608
            rows = list(zip(*(column.to_pylist() for column in staged.columns), strict=True))
            for first in range(0, len(rows), _INSERT_ROWS):
                cursor.executemany(sql, rows[first : first + _INSERT_ROWS])
    connection.commit()


def _count(topics: Sequence[_Topic], at: Mapping[Place, int]) -> int:
    return sum(
        end - at[topic.state.name, partition]
        for topic in topics
        for partition, end in topic.state.latest.items()
    )


class _LakeBroker(Broker):
    """The lake, where the merger asks a broker."""

    def __init__(self, states: Sequence[TopicState]) -> None:
        self._states = {state.name: state for state in states}

    def topic_ids(self, names: Collection[str]) -> dict[str, str]:
        return {name: self._states[name].topic_id for name in names}

    def latest(self, places: Sequence[Place]) -> dict[Place, int]:
        return {
            (topic, partition): self._states[topic].latest[partition] for topic, partition in places
        }


class _LakeReader(LogReader):
    """The lake, where the merger asks which offsets have a record: those that had none in Kafka
    have none there."""

    def __init__(self, topics: Sequence[_Topic]) -> None:
        self._topics = {topic.state.name: topic for topic in topics}

    def offsets(self, place: Place, first: int, end: int) -> list[int]:
        name, partition = place
        topic, found, at = self._topics[name], list[int](), first
        while (
            at < end
            and (window := topic.reader.read_next(topic.state.topic_id, partition, at, end))
            is not None
        ):
            rows, at = window
            found += rows["kafka_offset"].to_pylist()
        return found

    def close(self) -> None:
        pass
