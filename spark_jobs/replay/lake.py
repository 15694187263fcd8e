"""Builds tables of MySQL from the lake: each record through the job's own decoder, staging, fence
and merge.

Offsets stay those of Kafka, so that the job continues in Kafka where the lake ends. What is in the
tables already is found as a repeat and counted no second time.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
from rich.console import Console
from rich.progress import Progress as Bar

from spark_jobs.all_jobs import JOBS
from spark_jobs.job import Job, Stage
from spark_jobs.merging.connection import check_tables
from spark_jobs.merging.session import MergeSession, open_merge
from spark_jobs.replay.dropped_rows import refuse_dropped
from spark_jobs.replay.lake_broker import LakeBroker
from spark_jobs.replay.lake_reader import LakeReader
from spark_jobs.replay.records import count_records, read_batches
from spark_jobs.replay.topic import ReplayTopic, find_topics
from tidemark import mysql
from tidemark.errors import GapError, LakeError
from tidemark.lake.location import LakeLocation
from tidemark.settings import Settings

_INSERT_ROWS: Final = 1_000


def replay_lake(
    settings: Settings, location: LakeLocation, topic: str, since: datetime | None, console: Console
) -> int:
    """Merge what the lake has after the ledger, or what arrived since then; return how many records.

    The job must not run: else SecondDriverError. Raises LakeError where the lake lacks the topic,
    or dropped rows would count twice, and GapError where the lake does not join on to the ledger.
    """
    job = _job_of(topic)
    topics = find_topics(location, job, since)
    with ExitStack() as open_things:
        inserting = open_things.enter_context(mysql.connect(settings.mysql, "writer"))
        check_tables(inserting)
        refuse_dropped(inserting, job, since)
        inserting.commit()
        merge = _open(open_things, settings, job, topics, from_start=since is not None)
        bar = open_things.enter_context(Bar(console=console, disable=not console.is_terminal))
        start = dict(merge.ledger.next_offsets)
        task = bar.add_task(topic, total=count_records(topics, start))
        merged = 0
        for batch in read_batches(topics, start):
            began_s = time.monotonic()
            table = merge.staging.next_table()
            _insert(inserting, table, job.stage_by(settings), batch)
            merge.merger.submit(table, began_s)
            records = sum(len(part) for part in batch)
            merged += records
            bar.advance(task, records)
        merge.merger.wait()
    return merged


def _job_of(topic: str) -> Job:
    for job in JOBS:
        if job.reads[0].name == topic:
            return job
    known = ", ".join(job.reads[0].name for job in JOBS)
    raise LakeError(f"no job makes tables of topic {topic}; those that are: {known}")


def _open(
    open_things: ExitStack,
    settings: Settings,
    job: Job,
    topics: Sequence[ReplayTopic],
    *,
    from_start: bool,
) -> MergeSession:
    broker = LakeBroker([topic.state for topic in topics])
    opened = open_merge(job, settings, broker, LakeReader(topics), from_start=from_start)
    try:
        return open_things.enter_context(opened)
    except GapError as error:
        raise GapError(
            f"of job {job.name}, here with the lake for the broker: {error}, or give --since"
        ) from None


def _insert(connection: Any, table: str, stage: Stage, batch: Sequence[pa.RecordBatch]) -> None:
    """Stage the records in one transaction, as a task of Spark's would."""
    with connection.cursor() as cursor:
        for staged in stage(iter(batch)):
            names = staged.schema.names
            marks = ", ".join(["%s"] * len(names))
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
            rows = list(zip(*(column.to_pylist() for column in staged.columns), strict=True))
            for first in range(0, len(rows), _INSERT_ROWS):
                cursor.executemany(sql, rows[first : first + _INSERT_ROWS])
    connection.commit()
