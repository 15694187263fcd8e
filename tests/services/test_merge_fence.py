"""All of a batch or none of it, once, whatever happens in between."""

import itertools
import time
from collections.abc import Sequence
from functools import partial

import pytest
from drivers import Driver, counted_progress, driver, next_offsets, stored
from kafka_records import Record
from killed_merges import is_killed, killed_at
from mysql.connector import Error as DatabaseError
from payloads import as_bytes, v2_post
from recompute import Tables

from spark_jobs.merges.posts import merge_posts
from spark_jobs.merging import ledger as ledger_module
from tidemark import mysql
from tidemark.errors import GapError, TopicReplacedError
from tidemark.settings import MysqlSettings

RECORDS = [
    Record(
        as_bytes(v2_post(str(offset), hashtags=["Kafka", f"tag{offset % 3}"]))
        if offset % 5
        else b"broken",
        offset,
    )
    for offset in range(20)
]


def merge_in_a_new_driver(settings: MysqlSettings, *batches: Sequence[Record]) -> None:
    with driver(settings) as running:
        for batch in batches:
            running.merge(batch)


def staged_rows(running: Driver) -> list[int]:
    numbers = []
    with running.connection.cursor() as cursor:
        for table in running.staging.tables:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            numbers.append(cursor.fetchone()[0])
    return numbers


@pytest.fixture
def merged(tables: MysqlSettings) -> Tables:
    """The tables after records 0 to 9."""
    merge_in_a_new_driver(tables, RECORDS[:10])
    return stored(tables)


def test_a_batch_that_was_merged_before_changes_nothing(
    tables: MysqlSettings, merged: Tables
) -> None:
    with driver(tables) as running:
        for again in (RECORDS[:10], RECORDS[3:10], RECORDS[9:10], []):
            running.merge(again)

        assert staged_rows(running) == [0, 0]
    assert stored(tables) == merged
    assert next_offsets(tables)["posts", 0] == 10
    assert counted_progress(tables) == (1, 10, 2)


def test_of_a_batch_that_was_merged_in_part_only_the_rest_is_merged(
    tables: MysqlSettings, merged: Tables
) -> None:
    merge_in_a_new_driver(tables, RECORDS[4:20], RECORDS[15:20])

    found, offsets, progress = stored(tables), next_offsets(tables), counted_progress(tables)
    assert found["post_minutes"][0][2] == 16
    assert {row[2]: row[3] for row in found["hashtag_minutes"]} == {
        "kafka": 16,
        "tag0": 5,
        "tag1": 6,
        "tag2": 5,
    }
    assert [row[2] for row in found["rejected"]] == [0, 10, 15, 5]
    assert offsets["posts", 0] == 20
    assert progress == (2, 20, 4)


def test_a_topic_that_is_read_again_from_the_start_changes_nothing_but_the_ledger(
    tables: MysqlSettings, merged: Tables
) -> None:
    with mysql.connect(tables, "writer") as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger")
        connection.commit()

    merge_in_a_new_driver(tables, RECORDS[:4], RECORDS[4:10])

    assert stored(tables) == merged
    assert next_offsets(tables)["posts", 0] == 10


def test_the_same_driver_skips_what_it_has_merged_itself(tables: MysqlSettings) -> None:
    with driver(tables) as running:
        running.merge(RECORDS[:10])
        once = stored(tables)
        running.merge(RECORDS[:10])

    assert stored(tables) == once


@pytest.mark.parametrize(
    ("batch", "error"),
    [
        (RECORDS[11:20], "the batch begins at offset 11, the ledger wants 10"),
        (
            [*RECORDS[10:14], *RECORDS[15:20]],
            "9 records staged of the 10 between offsets 10 and 19",
        ),
        ([*RECORDS[5:12], *RECORDS[13:20]], "14 records staged of the 15 between offsets 5 and 19"),
    ],
)
def test_a_batch_with_a_gap_or_a_hole_stops_the_job_and_leaves_the_tables(
    tables: MysqlSettings, merged: Tables, batch: list[Record], error: str
) -> None:
    with pytest.raises(GapError, match=error), driver(tables) as running:
        running.merge(batch)

    assert stored(tables) == merged
    assert next_offsets(tables)["posts", 0] == 10


def test_offsets_that_no_consumer_sees_are_stepped_over(tables: MysqlSettings) -> None:
    """Inside a batch, between batches, at the end of one, and where a batch has nothing else."""
    without = {4, 10, 11, 15, 18, 19}
    seen = [record for record in RECORDS if record.offset not in without]
    with driver(tables) as running:
        running.log.without_record = without
        running.merge(seen[:9], {("posts", 0): 10})
        running.merge([], {("posts", 0): 12})
        after_markers = next_offsets(tables)["posts", 0]
        running.merge(seen[9:12])
        running.merge(seen[12:], {("posts", 0): 20})

    assert after_markers == 12
    assert next_offsets(tables)["posts", 0] == 20
    assert len(stored(tables)["posts"]) + len(stored(tables)["rejected"]) == len(seen)
    assert counted_progress(tables) == (4, len(seen), 2)


def test_a_record_that_a_consumer_sees_is_not_stepped_over(tables: MysqlSettings) -> None:
    for batch, ends in (
        ([*RECORDS[:4], *RECORDS[6:10]], {}),
        (RECORDS[1:10], {}),
        (RECORDS[:9], {("posts", 0): 10}),
    ):
        with driver(tables) as running:
            running.log.without_record = {4}
            with pytest.raises(GapError):
                running.merge(batch, ends)

    assert next_offsets(tables)["posts", 0] == 0
    assert stored(tables)["posts"] == []


def test_a_batch_of_a_topic_that_was_made_anew_meanwhile_is_not_merged(
    tables: MysqlSettings, merged: Tables
) -> None:
    with driver(tables) as running:
        table = running.stage(RECORDS[10:20])
        running.broker.ids["posts"] = "another-id"

        with pytest.raises(
            TopicReplacedError, match=r"topic posts was made anew: .* the broker has another-id"
        ):
            running.merger.merge(table, time.monotonic())

    assert stored(tables) == merged


def test_a_driver_that_dies_at_any_step_of_a_merge_leaves_nothing_and_the_next_one_goes_on(
    tables: MysqlSettings, merged: Tables
) -> None:
    for step in itertools.count():
        with driver(tables, merge=killed_at(merge_posts, step)) as running:
            if not is_killed(partial(running.merge, RECORDS[10:20])):
                break
        assert stored(tables) == merged, f"died before step {step}"
        assert next_offsets(tables)["posts", 0] == 10

    assert step > len(merged)
    resumed = stored(tables)
    assert resumed["post_minutes"][0][2] == 16
    assert counted_progress(tables) == (2, 20, 4)


def test_a_connection_that_is_gone_before_the_commit_has_merged_nothing(
    tables: MysqlSettings, merged: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    with driver(tables) as running:
        table = running.stage(RECORDS[10:20])
        monkeypatch.setattr(running.connection, "commit", running.connection.close)

        with pytest.raises(DatabaseError):
            running.merger.merge(table, time.monotonic())

    assert stored(tables) == merged


def test_what_a_merge_raises_is_raised_by_the_next_batch_and_no_further_one_is_merged(
    tables: MysqlSettings, merged: Tables
) -> None:
    with driver(tables) as running:
        running.merger.submit(running.stage(RECORDS[12:15]), time.monotonic())

        with pytest.raises(GapError):
            running.merger.wait()
        with pytest.raises(GapError):
            running.merger.submit(running.stage(RECORDS[10:20]), time.monotonic())
        with pytest.raises(GapError):
            running.merger.check()

    assert stored(tables) == merged


def test_a_driver_that_was_killed_frees_the_job(
    tables: MysqlSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "LOCK_WAIT_S", 10)
    with driver(tables) as killed:
        killed.connection.close()

        merge_in_a_new_driver(tables, RECORDS[:10])

    assert next_offsets(tables)["posts", 0] == 10
