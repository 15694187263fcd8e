"""A database error that passes: the same batch is merged again behind the fence, on the same
connection or a new."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from drivers import TABLES, Driver, counted_progress, driver, next_offsets, stored
from job_drivers import TOPIC_ID
from kafka_records import Record
from killed_merges import killed_at
from payloads import as_bytes, v2_post
from recompute import recompute
from waiting import wait_until

from spark_jobs.merges.posts import merge_posts
from spark_jobs.merges.run import Run
from spark_jobs.merging import ledger as ledger_module
from spark_jobs.merging import retries as retries_module
from tidemark import mysql, named_lock
from tidemark.errors import GapError, SecondDriverError
from tidemark.settings import MysqlSettings

RECORDS = [
    Record(
        as_bytes(v2_post(str(offset % 15), hashtags=["Kafka", f"tag{offset % 3}"]))
        if offset % 5
        else b"no",
        offset,
    )
    for offset in range(20)
]
FIRST, SECOND = RECORDS[:10], RECORDS[10:]
"""The second has posts of the first once more, so that its merge makes a temporary table."""


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries_module, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(retries_module, "LONGEST_WAIT_S", 0.05)


def merge(running: Driver, records: list[Record]) -> None:
    running.merger.submit(running.stage(records), time.monotonic())
    running.merger.wait()


def check(tables: MysqlSettings) -> None:
    assert stored(tables) == recompute([FIRST, SECOND], TOPIC_ID)
    assert next_offsets(tables)["posts", 0] == 20
    assert counted_progress(tables) == (2, 20, 4)


@contextmanager
def held(tables: MysqlSettings, table: str) -> Iterator[Callable[[], None]]:
    """The table's rows, by a transaction that somebody left open; what is given lets go of them."""
    with mysql.connect(tables, "root") as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM `{tables.database}`.{table} FOR UPDATE")
        cursor.fetchall()
        yield connection.rollback


@pytest.mark.parametrize(
    "table", ["ledger", "job_progress"], ids=["first of a merge", "last of a merge"]
)
def test_a_row_that_another_holds_for_longer_than_mysql_waits_is_waited_for(
    tables: MysqlSettings, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    with driver(tables) as running:
        with running.connection.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
        merge(running, FIRST)
        with held(tables, table) as let_go:
            merging = threading.Thread(target=merge, args=(running, SECOND))
            merging.start()
            wait_until(lambda: "transient MySQL error; retrying the batch" in caplog.messages)
            let_go()
            merging.join(60)

    check(tables)


def test_a_connection_that_is_killed_at_any_step_is_made_anew_and_the_batch_is_merged_once(
    tables: MysqlSettings,
) -> None:
    steps = itertools.count()
    survived: list[int] = []

    def dies_later_each_time(run: Run) -> None:
        step = next(steps)
        killed_at(merge_posts, step)(run)
        survived.append(step)

    with driver(tables) as running:
        merge(running, FIRST)
    with driver(tables, merge=dies_later_each_time) as running:
        merge(running, SECOND)

    (deaths,) = survived
    assert deaths > len(TABLES)
    check(tables)


def test_a_commit_that_was_done_though_its_answer_was_lost_is_not_done_again(
    tables: MysqlSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with driver(tables) as running:
        merge(running, FIRST)
        commit = running.connection.commit
        table = running.stage(SECOND)

        def commit_and_lose() -> None:
            monkeypatch.setattr(running.connection, "commit", commit)
            commit()
            running.connection.close()
            running.connection.cursor()  # raises as it does where the connection is gone

        monkeypatch.setattr(running.connection, "commit", commit_and_lose)
        running.merger.submit(table, time.monotonic())
        running.merger.wait()
        with running.connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            assert cursor.fetchone() == (0,)

    check(tables)


def test_a_driver_that_another_has_replaced_meanwhile_does_not_go_on(
    tables: MysqlSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "LOCK_WAIT_S", 1)
    with driver(tables) as first:
        merge(first, FIRST)
        first.connection.close()
        with driver(tables) as second:
            with pytest.raises(SecondDriverError):
                merge_staged_by(second, first)
            merge(second, SECOND)

    check(tables)


def merge_staged_by(other: Driver, running: Driver) -> None:
    """Of a driver that has no connection any more: Spark has its own."""
    running.merger.submit(other.staging.tables[1], time.monotonic())
    running.merger.wait()


def test_what_lies_between_is_a_gap_also_after_a_new_connection(tables: MysqlSettings) -> None:
    with driver(tables) as running:
        merge(running, FIRST)
        table = running.stage(RECORDS[12:])
        running.connection.close()
        running.merger.submit(table, time.monotonic())
        with pytest.raises(GapError):
            running.merger.wait()

    assert next_offsets(tables)["posts", 0] == 10


def test_a_new_connection_holds_the_lock_again(tables: MysqlSettings) -> None:
    with driver(tables) as running:
        table = running.stage(FIRST)
        running.connection.close()
        running.merger.submit(table, time.monotonic())
        running.merger.wait()
        with mysql.connect(tables, "reader") as reader, reader.cursor() as cursor:
            cursor.execute(
                "SELECT IS_USED_LOCK(%s)", (named_lock.lock_name(tables, "writer", "job posts"),)
            )
            assert cursor.fetchone() == (running.connection.connection_id,)


def test_a_staging_table_that_was_written_in_part_is_replaced_by_one_with_another_name(
    tables: MysqlSettings,
) -> None:
    with driver(tables) as running:
        part = running.stage(FIRST[:4])
        renewed = running.staging.renew(part)

        assert renewed != part
        assert renewed in running.staging.tables
        assert part not in running.staging.tables
        assert running.staging.ranges(renewed) == []
