"""Staging tables belong to one driver."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from drivers import Driver, driver
from kafka_records import Record
from mysql.connector import Error as DatabaseError
from payloads import as_bytes, v2_post

from spark_jobs.adapters.jdbc import MARIADB, MYSQL, jdbc_of
from spark_jobs.merges.hashtags import COUNTED_COLUMNS
from spark_jobs.merges.posts import STAGING_COLUMNS
from spark_jobs.merging.fence import StagedRange
from spark_jobs.merging.staging import Staging
from tidemark.errors import GapError
from tidemark.settings import MysqlSettings
from tidemark.stack.embedded.database import find_server


@pytest.fixture
def running(tables: MysqlSettings) -> Iterator[Driver]:
    with driver(tables) as running:
        yield running


def post(offset: int, partition: int = 0, *, tags: int = 0) -> Record:
    return Record(
        as_bytes(v2_post(f"{partition}-{offset}", hashtags=[f"a{n}" for n in range(tags)])),
        offset,
        partition,
    )


def table_names(settings: MysqlSettings, connection: Any) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s",
            (f"{settings.database}_stage",),
        )
        return {f"`{settings.database}_stage`.`{name}`" for (name,) in cursor.fetchall()}


def test_executors_write_by_the_driver_of_the_server_that_there_is(running: Driver) -> None:
    _, is_mariadb = find_server()

    assert jdbc_of(running.connection) is (MARIADB if is_mariadb else MYSQL)


def test_ranges_count_each_record_once_by_partition(running: Driver) -> None:
    table = running.stage(
        [
            post(7, tags=3),
            post(8),
            post(9, tags=100),
            Record(b"", 10),
            post(0, 1),
            Record(None, 4, topic="rejected"),
        ]
    )

    assert sorted(running.staging.ranges(table), key=lambda staged: staged.place) == [
        StagedRange("posts", 0, 7, 10, records=4, rejected=1, noted=1),
        StagedRange("posts", 1, 0, 0, records=1, rejected=0),
        StagedRange("rejected", 0, 4, 4, records=1, rejected=1, noted=1),
    ]


def test_a_table_without_rows_has_no_ranges(running: Driver) -> None:
    assert running.staging.ranges(running.staging.tables[0]) == []


def test_what_is_skipped_is_gone_in_its_partition_only(running: Driver) -> None:
    table = running.stage(
        [post(offset, partition, tags=100) for offset in range(4) for partition in (0, 1)]
    )

    running.staging.skip(table, {("posts", 0): 3})

    assert sorted(running.staging.ranges(table), key=lambda staged: staged.place) == [
        StagedRange("posts", 0, 3, 3, records=1, rejected=0),
        StagedRange("posts", 1, 0, 3, records=4, rejected=0),
    ]


def test_a_record_that_is_staged_twice_since_a_task_of_spark_ran_twice_is_not_merged(
    running: Driver,
) -> None:
    table = running.stage([post(0), post(1)])
    running.stage([])
    running.stage([post(1)])

    with pytest.raises(GapError, match="3 records staged of the 2 between offsets 0 and 1"):
        running.merger.merge(table, time.monotonic())


def test_a_new_driver_drops_what_others_of_its_job_left_and_nothing_else(
    tables: MysqlSettings, running: Driver
) -> None:
    other_job = Staging(running.connection, tables, "posts2", STAGING_COLUMNS, COUNTED_COLUMNS)
    other_job.make()

    newer = Staging(running.connection, tables, "posts", STAGING_COLUMNS, COUNTED_COLUMNS)
    newer.make()

    assert table_names(tables, running.connection) == {*other_job.tables, *newer.tables}
    with pytest.raises(DatabaseError, match="doesn't exist"):
        running.stage([post(1)])
