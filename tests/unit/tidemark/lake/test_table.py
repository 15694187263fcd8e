"""What is committed to a table of the lake, by one driver or by two."""

import json
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from lake_tables import (
    MIDNIGHT,
    MIDNIGHT_US,
    TOPIC_ID,
    add,
    places,
    posts_table,
    records,
    rows_of,
    written,
)

from spark_jobs.decode.lake_rows import LAKE_TOPICS
from spark_jobs.merging.broker import TopicState
from spark_jobs.replay.restart import offsets_from_broker
from tidemark.errors import LakeError, SecondDriverError
from tidemark.lake.location import LakeLocation
from tidemark.lake.maintenance import compact, maintain
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.reader import Span, Window
from tidemark.lake.table import LakeTable

DAY_US = 86_400_000_000


def test_rows_and_reach_are_committed_together(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    assert table.offsets is None

    add(table, [*records([b"a", b"b"]), *records([b"c"], partition=1)])

    again = LakeTable.find(table.location, "posts")
    assert again is not None
    assert again.offsets == LakeOffsets(TOPIC_ID, {0: 2, 1: 1})
    assert sorted(places(again)) == [(0, 0), (0, 1), (1, 0)]
    (newest,) = again.history(1)
    assert json.loads(newest["userMetadata"]) == {"topic_id": TOPIC_ID, "offsets": {"0": 2, "1": 1}}


def test_files_that_were_not_committed_are_no_rows(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    add(table, records([b"a"]))
    written(table, records([b"b"], first=1))

    table.refresh()

    assert places(table) == [(0, 0)]


def test_of_two_drivers_that_wrote_the_same_batch_one_is_refused(tmp_path: Path) -> None:
    first, second = posts_table(tmp_path), posts_table(tmp_path)
    add(first, records([b"a", b"b"]))

    with pytest.raises(SecondDriverError, match="another driver writes to"):
        second.append(written(second, records([b"a"])), None, LakeOffsets(TOPIC_ID, {0: 1}))

    assert places(first) == [(0, 0), (0, 1)]


def test_a_commit_that_is_there_already_is_not_made_again(tmp_path: Path) -> None:
    table, late = posts_table(tmp_path), posts_table(tmp_path)
    add(table, records([b"a"]))

    late.append(written(late, records([b"a"])), None, LakeOffsets(TOPIC_ID, {0: 1}))

    table.refresh()
    assert places(table) == [(0, 0)]


def test_a_table_may_step_over_what_is_gone(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    add(table, records([b"a"]))
    state = TopicState("posts", TOPIC_ID, {0: 5, 1: 0}, {0: 9, 1: 3})

    table.append([], table.offsets, offsets_from_broker(table.offsets, state))
    add(table, records([b"f"], first=5))

    assert places(table) == [(0, 0), (0, 5)]
    assert table.offsets == LakeOffsets(TOPIC_ID, {0: 6, 1: 0})
    anew = TopicState("posts", "another", {0: 0}, {0: 4})
    assert offsets_from_broker(table.offsets, anew) == LakeOffsets("another", {0: 0})


def test_compaction_and_additions_do_not_mind_each_other(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    for at in range(5):
        add(table, records([b"%d" % at], first=at))
    driver = LakeTable.find(table.location, "posts")
    assert driver is not None

    assert compact(table, table.files()) == 1
    add(driver, records([b"5"], first=5))
    table.refresh()

    assert len(table.files()) == 2
    assert places(table) == [(0, at) for at in range(6)]
    assert [row["value"] for row in rows_of(table, ["value"])] == [b"%d" % at for at in range(6)]
    assert table.offsets == LakeOffsets(TOPIC_ID, {0: 6})


def test_two_compactions_of_the_same_files_leave_each_row_once(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    for at in range(3):
        add(table, records([b"%d" % at], first=at))
    other = LakeTable.find(table.location, "posts")
    assert other is not None
    small = other.files()

    assert compact(table, table.files()) == 1
    assert compact(other, small) == 0

    assert places(other) == [(0, 0), (0, 1), (0, 2)]


def test_days_that_are_over_are_one_file_and_days_too_old_are_gone(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    for day in range(4):
        for at in range(2):
            first = 2 * day + at
            add(
                table, records([b"%d" % first], first=first, received_us=MIDNIGHT_US + day * DAY_US)
            )
    before = {file.path for file in table.files()}
    today = date(2026, 3, 4)

    done = maintain(table, 2, today, readable_hours=0)

    assert (done.dropped_rows, done.compacted, done.into) == (2, 4, 2)
    assert sorted({file.day for file in table.files()}) == [
        date(2026, 3, 2),
        date(2026, 3, 3),
        date(2026, 3, 4),
    ]
    assert places(table) == [(0, at) for at in range(2, 8)]
    assert table.offsets == LakeOffsets(TOPIC_ID, {0: 8})
    there = {str(path.relative_to(tmp_path / "posts")) for path in tmp_path.rglob("*.parquet")}
    assert {file.path for file in table.files()} <= there
    assert not (before - {file.path for file in table.files()}) & there


def test_what_a_killed_writer_left_is_deleted_in_time(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    add(table, records([b"a"]))
    left = written(table, records([b"b"], first=1))

    maintain(table, None, date(2026, 3, 1), readable_hours=24)
    assert (tmp_path / "posts" / left[0].path).exists()
    maintain(table, None, date(2026, 3, 1), readable_hours=0)

    assert not (tmp_path / "posts" / left[0].path).exists()
    assert places(table) == [(0, 0)]


def test_a_span_reads_what_arrived_within_it(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    add(table, records([b"x"] * 10))
    add(table, records([b"x"] * 10, partition=1, received_us=MIDNIGHT_US + DAY_US))
    ms = timedelta(milliseconds=1)

    assert places(table, Span(since=MIDNIGHT + 8 * ms)) == [
        (0, 8),
        (0, 9),
        *((1, at) for at in range(10)),
    ]
    assert places(table, Span(until=MIDNIGHT + 2 * ms)) == [(0, 0), (0, 1)]
    assert places(table, Span(window=Window(1, 8, 100))) == [(1, 8), (1, 9)]
    assert places(table, Span(topic_id="another")) == []


def test_a_column_that_is_new_is_null_in_older_rows(tmp_path: Path) -> None:
    location, schema = LakeLocation(str(tmp_path)), LAKE_TOPICS["posts"].schema
    older = pa.schema([field for field in schema if field.name != "lang"])
    LakeTable.make(location, "posts", older)
    table = LakeTable.make(location, "posts", schema)

    add(table, records([b"a"]))

    assert "lang" in table.schema.names
    assert rows_of(table, ["kafka_offset", "lang"]) == [{"kafka_offset": 0, "lang": None}]


def test_a_folder_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file")

    with pytest.raises(LakeError, match="TIDEMARK_LAKE__PATH"):
        posts_table(tmp_path / "lake")
