"""A table on a local disk: what its commit says is on the disk, and what a power cut damaged is
read again."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from lake_tables import TOPIC_ID, add, places, posts_table, records, written

from tidemark.errors import GapError, LakeError
from tidemark.lake.commit_log import FOLDER
from tidemark.lake.location import LakeLocation
from tidemark.lake.maintenance import compact
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.recovery import recover
from tidemark.lake.table import LakeTable

BEGIN = LakeOffsets(TOPIC_ID, {0: 0})


def anything(offsets: LakeOffsets) -> None:
    """Kafka has it all."""


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    """With three records in as many commits, 2 to 4, after the one that says where it begins."""
    table = posts_table(tmp_path)
    table.append([], None, BEGIN)
    for at in range(3):
        add(table, records([b"%d" % at], first=at))
    return table


def path_of(table: LakeTable, offset: int) -> Path:
    (file,) = (file for file in table.files() if file.first_offset == offset)
    return Path(table.location.uri) / "posts" / file.path


def log_of(table: LakeTable) -> Path:
    return Path(table.location.uri) / "posts" / FOLDER


def recovered(
    table: LakeTable, check: Callable[[LakeOffsets], object] = anything
) -> tuple[list[str], LakeTable]:
    """What was damaged, and the table as the next driver finds it."""
    damaged = recover(table.location, "posts", check)
    found = LakeTable.find(table.location, "posts")
    assert found is not None
    return damaged, found


def read_again(table: LakeTable) -> None:
    """As a job does from the table's reach on."""
    assert table.offsets is not None
    for at in range(table.offsets.next_offsets[0], 3):
        add(table, records([b"%d" % at], first=at))


def test_a_table_that_is_whole_is_left_as_it_is(table: LakeTable) -> None:
    damaged, found = recovered(table)

    assert (damaged, found.version) == ([], table.version)
    assert recover(LakeLocation(table.location.uri), "edits", anything) == []


@pytest.mark.parametrize("damage", ["cut", "emptied", "zeroed", "gone"])
def test_records_of_a_damaged_file_are_read_again_and_each_is_there_once(
    table: LakeTable, damage: str
) -> None:
    path = path_of(table, 2)
    whole = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(
            {"cut": whole[:-100], "emptied": b"", "zeroed": b"\0" * len(whole)}[damage]
        )

    damaged, found = recovered(table)

    assert damaged == [f"{path.parent.name}/{path.name}"]
    assert found.offsets == LakeOffsets(TOPIC_ID, {0: 2})
    assert places(found) == [(0, 0), (0, 1)]
    read_again(found)
    assert places(found) == [(0, 0), (0, 1), (0, 2)]
    assert recovered(found)[0] == []


def test_what_came_after_a_damaged_file_is_read_again_too(table: LakeTable) -> None:
    path_of(table, 1).write_bytes(b"")

    _, found = recovered(table)

    assert (found.offsets, places(found)) == (LakeOffsets(TOPIC_ID, {0: 1}), [(0, 0)])
    read_again(found)
    assert places(found) == [(0, 0), (0, 1), (0, 2)]


@pytest.mark.parametrize("left", [0, 150])
def test_a_torn_commit_is_none(table: LakeTable, left: int) -> None:
    newest = log_of(table) / f"{table.version:020}.json"
    newest.write_bytes(newest.read_bytes()[:left])

    damaged, found = recovered(table)

    assert damaged == [newest.name]
    assert (found.offsets, places(found)) == (LakeOffsets(TOPIC_ID, {0: 2}), [(0, 0), (0, 1)])
    read_again(found)
    assert places(found) == [(0, 0), (0, 1), (0, 2)]


def test_a_torn_checkpoint_is_not_needed(tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    table.append([], None, BEGIN)
    for at in range(50):
        add(table, records([b"x"], first=at))
    (checkpoint,) = log_of(table).glob("*.checkpoint.parquet")
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])

    damaged, found = recovered(table)

    assert damaged == [checkpoint.name]
    assert found.offsets == LakeOffsets(TOPIC_ID, {0: 50})
    assert places(found) == [(0, at) for at in range(50)]


def test_a_damaged_file_of_a_compaction_gives_way_to_those_it_was_made_of(table: LakeTable) -> None:
    compact(table, table.files())
    path_of(table, 0).write_bytes(b"")

    _, found = recovered(table)

    assert places(found) == [(0, 0), (0, 1), (0, 2)]
    assert found.offsets == LakeOffsets(TOPIC_ID, {0: 3})


def test_where_what_it_was_made_of_is_gone_the_table_is_left_alone_and_says_so(
    table: LakeTable,
) -> None:
    sources = [path_of(table, at) for at in range(3)]
    compact(table, table.files())
    path_of(table, 0).write_bytes(b"")
    sources[1].unlink()

    with pytest.raises(LakeError, match=rf"is damaged, and so is .*{sources[1].name} before it"):
        recover(table.location, "posts", anything)

    table.refresh()
    assert len(table.files()) == 1


def test_where_kafka_no_longer_has_the_records_nothing_is_given_up(table: LakeTable) -> None:
    def is_gone(offsets: LakeOffsets) -> None:
        assert offsets == LakeOffsets(TOPIC_ID, {0: 2})
        raise GapError("the broker has 5 to 9")

    path_of(table, 2).write_bytes(b"")

    with pytest.raises(GapError):
        recover(table.location, "posts", is_gone)

    version = table.version
    table.refresh()
    assert table.version == version


def test_a_commit_comes_after_its_files_are_on_the_disk_and_is_on_it_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fsync is asked for, and whether the table had the commit by then."""
    table = posts_table(tmp_path)
    commit = log_of(table) / f"{table.version + 1:020}.json"
    asked: list[tuple[str, bool]] = []

    def fsync(descriptor: int) -> None:
        asked.append((os.readlink(f"/proc/self/fd/{descriptor}"), commit.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    (file,) = written(table, records([b"a"]))
    table.append([file], None, LakeOffsets(TOPIC_ID, {0: 1}))

    data = tmp_path / "posts" / file.path
    assert asked == [
        (str(data.parent.parent), False),
        (str(data), False),
        (str(data.parent), False),
        (str(commit), True),
        (str(commit.parent), True),
    ]
