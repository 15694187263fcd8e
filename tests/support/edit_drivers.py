"""The driver of edits without Spark (job_drivers.py), and what its tables hold."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from job_drivers import TOPIC_ID, JobDriver, job_driver
from kafka_records import RECEIVED_US, Record, headers_of
from recompute import Tables, in_order
from recompute_edits import EDIT_TABLES, recompute_edits

from spark_jobs.edits_job import JOB
from spark_jobs.merges.run import Run
from tidemark import mysql
from tidemark.settings import MysqlSettings


@contextmanager
def edits_driver(
    settings: MysqlSettings, *, merge: Callable[[Run], None] = JOB.merge
) -> Iterator[JobDriver]:
    """Holds the lock of job `edits` until it is left."""
    with job_driver(settings, replace(JOB, merge=merge)) as running:
        yield running


def lay_edits(
    values: Sequence[bytes | None],
    partitions: Sequence[int] | None = None,
    *,
    received_us: int = RECEIVED_US,
) -> list[Record]:
    """Records of topic `edits` with the offsets they get in their partitions; each comes 1,001 µs
    after the other."""
    offsets = [0, 0, 0]
    records = []
    for at, value in enumerate(values):
        partition = partitions[at] if partitions else 0
        headers = headers_of("wikimedia", received_us + at * 1_001)
        records.append(Record(value, offsets[partition], partition, "edits", headers))
        offsets[partition] += 1
    return records


def stored_edits(settings: MysqlSettings) -> Tables:
    """Every table that the merge writes, as recompute_edits() gives it."""
    with mysql.connect(settings, "reader") as connection, connection.cursor() as cursor:
        found: Tables = {}
        for table, columns in EDIT_TABLES.items():
            cursor.execute(f"SELECT {columns} FROM {table}")
            found[table] = in_order(cursor.fetchall())
        return found


def merge_edits_and_check(settings: MysqlSettings, *batches: Sequence[Record]) -> Tables:
    """The tables after the batches, which are what a recompute says."""
    with edits_driver(settings) as running:
        for batch in batches:
            running.merge(batch)
    found = stored_edits(settings)
    assert found == recompute_edits(batches, TOPIC_ID)
    return found
