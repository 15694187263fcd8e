"""Exports: every row in every format, files that are complete or not there."""

import csv
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastavro
import pyarrow.parquet as pq
import pytest
from lake_tables import MIDNIGHT, MIDNIGHT_US, add, posts_table, records
from payloads import as_bytes, v2_post
from rich.console import Console
from waiting import wait_until

from tidemark.errors import LakeError
from tidemark.lake import follow as following
from tidemark.lake.export import ExportRequest, export
from tidemark.lake.follow import follow
from tidemark.lake.formats import clean_names
from tidemark.lake.maintenance import compact
from tidemark.lake.recovery import recover
from tidemark.lake.table import LakeTable

QUIET = Console(file=io.StringIO())
MS = timedelta(milliseconds=1)
Rows = list[dict[str, Any]]


def payload(number: int) -> bytes:
    return as_bytes(
        v2_post(str(number), hashtags=["Tide", "Straße"], text='a "quoted", text\nof two lines')
    )


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    """250 records in two partitions; the last is no post, and no UTF-8."""
    made = posts_table(tmp_path / "lake")
    add(
        made,
        [
            *records([payload(n) for n in range(100)]),
            *records([payload(n) for n in range(100, 149)], partition=1),
        ],
    )
    add(
        made,
        records(
            [*(payload(n) for n in range(149, 249)), b"\xff"],
            first=100,
            received_us=MIDNIGHT_US + 500_000,
        ),
    )
    return made


def read_file(path: Path) -> Rows:
    match path.suffix:
        case ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                return list(csv.DictReader(file))
        case ".jsonl":
            return [json.loads(line) for line in path.read_text().splitlines()]
        case ".parquet":
            return pq.read_table(path).to_pylist()  # type: ignore[no-any-return]
        case _:
            with path.open("rb") as file:
                return list(fastavro.reader(file))  # type: ignore[arg-type]


def exported(table: LakeTable, kind: str, folder: Path, **wishes: Any) -> Rows:
    """Rows of all files, which are those of the manifest."""
    count = export(table.location, ExportRequest("posts", kind, folder, **wishes), QUIET)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        *(told["file"] for told in manifest["files"]),
    }
    found: Rows = []
    for told in manifest["files"]:
        path = folder / told["file"]
        rows = read_file(path)
        assert (told["rows"], told["bytes"]) == (len(rows), path.stat().st_size)
        assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        found += rows
    assert len(found) == count == manifest["rows"]
    return found


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "avro"])
def test_every_row_is_exported_as_it_is(table: LakeTable, tmp_path: Path, kind: str) -> None:
    rows = exported(table, kind, tmp_path / "out", payload=True)

    ids = [row["post_id"] for row in rows]
    assert sorted(int(post_id) for post_id in ids if post_id) == list(range(249))
    first = next(row for row in rows if row["post_id"] == "7")
    text = kind in ("csv", "jsonl")
    assert first["hashtags"] == ("Tide|Straße" if kind == "csv" else ["Tide", "Straße"])
    assert first["received_at"] == ("2026-03-01T00:00:00.007000Z" if text else MIDNIGHT + 7 * MS)
    assert first["value"] == (payload(7).decode() if text else payload(7))
    assert str(first["day"]) == "2026-03-01"
    none = rows[-1]
    assert (none["reject_reason"], none["post_id"] or None) == ("not_json", None)
    assert none["value"] == ("\ufffd" if text else b"\xff")


def test_without_asking_for_it_the_payload_stays(table: LakeTable, tmp_path: Path) -> None:
    assert "value" not in exported(table, "csv", tmp_path / "out")[0]


def test_files_of_so_many_rows(table: LakeTable, tmp_path: Path) -> None:
    exported(table, "csv", tmp_path / "out", every=100)

    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [(told["file"], told["rows"]) for told in manifest["files"]] == [
        ("posts-00000001.csv", 100),
        ("posts-00000002.csv", 100),
        ("posts-00000003.csv", 50),
    ]


def test_a_span_and_a_span_of_nothing(table: LakeTable, tmp_path: Path) -> None:
    rows = exported(
        table, "jsonl", tmp_path / "a", since=MIDNIGHT + 20 * MS, until=MIDNIGHT + 22 * MS
    )
    assert sorted(row["post_id"] for row in rows) == ["120", "121", "20", "21"]

    empty = exported(table, "csv", tmp_path / "b", since=datetime(2030, 1, 1, tzinfo=UTC))
    assert empty == []
    assert (tmp_path / "b" / "posts.csv").read_text().startswith('"source","received_at"')


def test_an_export_that_fails_leaves_nothing_and_one_that_is_there_is_kept(
    table: LakeTable, tmp_path: Path
) -> None:
    (last,) = [file for file in table.files() if file.first_offset == 100]
    kept = (tmp_path / "lake" / "posts" / last.path).read_bytes()
    (tmp_path / "lake" / "posts" / last.path).unlink()
    with pytest.raises(LakeError, match="is gone"):
        export(table.location, ExportRequest("posts", "csv", tmp_path / "out"), QUIET)
    assert list((tmp_path / "out").iterdir()) == []

    (tmp_path / "lake" / "posts" / last.path).write_bytes(kept)
    exported(table, "csv", tmp_path / "out")
    with pytest.raises(LakeError, match="choose another"):
        export(table.location, ExportRequest("posts", "csv", tmp_path / "out"), QUIET)


def test_a_topic_without_a_table_is_said(table: LakeTable, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="no table edits"):
        export(table.location, ExportRequest("edits", "csv", tmp_path), QUIET)


def test_names_are_what_every_database_takes() -> None:
    assert clean_names(["Post Id", "post-id", "2nd", "öl", "value", "?"]) == [
        *("post_id", "post_id_2", "_2nd", "l", "value", "column")
    ]


class Follower:
    """follow() in a thread, as often as a test starts it."""

    def __init__(self, table: LakeTable, folder: Path, **wishes: Any) -> None:
        self.table = table
        self.request = ExportRequest("posts", "jsonl", folder, **wishes)
        self.stop_now = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self.stop_now = threading.Event()
        arguments = (self.table.location, self.request, self.stop_now, lambda _line: None)
        self._thread = threading.Thread(target=follow, args=arguments)
        self._thread.start()

    def stop(self) -> None:
        self.stop_now.set()
        if self._thread is not None:
            self._thread.join()

    def done(self) -> list[dict[str, Any]]:
        path = self.request.folder / "manifest.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")][1:]

    def rows(self) -> Rows:
        return [
            row for told in self.done() for row in read_file(self.request.folder / told["file"])
        ]

    def places(self) -> list[tuple[int, int]]:
        return sorted((row["kafka_partition"], row["kafka_offset"]) for row in self.rows())


@pytest.fixture
def follower(table: LakeTable, tmp_path: Path) -> Iterator[Follower]:
    made = Follower(table, tmp_path / "out")
    yield made
    made.stop()


ALL = [*((0, at) for at in range(201)), *((1, at) for at in range(49))]


def test_following_writes_full_files_and_keeps_the_rest_for_later(
    table: LakeTable, follower: Follower
) -> None:
    follower.start()
    wait_until(lambda: len(follower.done()) == 2)
    add(table, records([payload(n) for n in range(300, 350)], first=201))
    wait_until(lambda: len(follower.done()) == 3)
    add(table, records([payload(n) for n in range(400, 500)], first=49, partition=1))
    wait_until(lambda: len(follower.done()) == 4)
    add(table, records([payload(n) for n in range(500, 600)], first=251))
    wait_until(lambda: len(follower.done()) == 5)
    follower.stop()

    assert [told["rows"] for told in follower.done()] == [100] * 5
    assert follower.places() == [*((0, at) for at in range(351)), *((1, at) for at in range(149))]


def test_what_fills_no_file_is_written_when_it_has_waited(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "WAIT_S", 0.0)
    follower.start()
    wait_until(lambda: len(follower.done()) == 3)
    follower.stop()

    assert [told["rows"] for told in follower.done()] == [100, 100, 50]
    assert follower.places() == ALL


def test_what_a_crash_left_half_done_is_done_again(table: LakeTable, follower: Follower) -> None:
    follower.start()
    wait_until(lambda: len(follower.done()) == 2)
    follower.stop()
    # A file without its line, a line without its end, and a draft.
    manifest = follower.request.folder / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(b"".join(lines[:2]) + lines[2][:30])
    (follower.request.folder / ".posts-00000003.jsonl.part").write_bytes(b"half")
    add(table, records([payload(n) for n in range(300, 350)], first=201))
    table.refresh()
    compact(table, table.files())

    follower.start()
    wait_until(lambda: len(follower.done()) == 3)
    follower.stop()

    assert follower.places() == sorted([*ALL, *((0, at) for at in range(201, 251))])
    assert sorted(path.name for path in follower.request.folder.iterdir()) == [
        "manifest.jsonl",
        *(f"posts-0000000{number}.jsonl" for number in (1, 2, 3)),
    ]
    for told in follower.done():
        assert (
            told["sha256"]
            == hashlib.sha256((follower.request.folder / told["file"]).read_bytes()).hexdigest()
        )


def test_now_is_the_time_of_the_first_start(table: LakeTable, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    first = Follower(table, folder, since=MIDNIGHT + 400 * MS)
    first.start()
    wait_until(lambda: len(first.done()) == 1)
    first.stop()
    add(
        table,
        records(
            [payload(n) for n in range(300, 400)], first=201, received_us=MIDNIGHT_US + 900_000
        ),
    )

    again = Follower(table, folder, since=datetime.now(UTC))
    again.start()
    wait_until(lambda: len(again.done()) == 2)
    again.stop()

    assert again.places() == [(0, at) for at in range(100, 300)]


def test_rows_that_a_damaged_table_reads_again_are_exported_once(
    table: LakeTable, follower: Follower, tmp_path: Path
) -> None:
    follower.request = replace(follower.request, every=50)
    follower.start()
    wait_until(lambda: follower.places() == ALL)
    (damaged,) = (file.path for file in table.files() if file.first_offset == 100)
    (tmp_path / "lake" / "posts" / damaged).write_bytes(b"")

    assert recover(table.location, "posts", lambda offsets: None) == [damaged]
    table.refresh()
    add(table, records([*(payload(n) for n in range(149, 249)), b"\xff"], first=100))
    add(table, records([payload(n) for n in range(300, 350)], first=201))

    wait_until(lambda: follower.places() == sorted([*ALL, *((0, at) for at in range(201, 251))]))
    assert len(exported(table, "jsonl", tmp_path / "whole")) == 300


def test_offsets_that_do_not_follow_the_days_are_each_written_once(tmp_path: Path) -> None:
    table = posts_table(tmp_path / "lake")
    day_us = 86_400_000_000
    for turn in range(4):
        # Even turns arrive a day after odd ones, by the header.
        received_us = MIDNIGHT_US + (1 - turn % 2) * day_us
        add(
            table,
            records([payload(n) for n in range(50)], first=50 * turn, received_us=received_us),
        )
    follower = Follower(table, tmp_path / "out")
    follower.start()
    wait_until(lambda: len(follower.done()) == 2)
    follower.stop()

    assert follower.places() == [(0, at) for at in range(200)]
    assert [row["kafka_offset"] for row in follower.rows()] == list(range(200))
