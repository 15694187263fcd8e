"""A topic from the lake into files of so many rows, as they come, each row in exactly one file.

`manifest.jsonl` has, after a line of what was asked for, a line for each file that is done, with
the offsets that come next: it is manifest and cursor at once. A file that it does not name is not
done, and is written anew.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from tidemark.errors import LakeError
from tidemark.lake.batch_file import Stored
from tidemark.lake.disk import sync_folder
from tidemark.lake.export import Wish, cleaned, find_table, schema_of
from tidemark.lake.location import LakePlace
from tidemark.lake.offset_reader import Windows
from tidemark.lake.offsets import Reach
from tidemark.lake.reader import Span
from tidemark.lake.table import LakeTable

MANIFEST: Final = "manifest.jsonl"
EVERY: Final = 100
"""Rows of a file where nothing else is asked for."""
LOOK_EVERY_S: Final = 1.0
WAIT_S: Final = 60.0
"""How long rows wait for others to fill their file."""
_PLACE: Final = ["topic_id", "kafka_partition", "kafka_offset"]


@dataclass(frozen=True)
class Cursor:
    """What is done: files, and by partition of the topic with this id the offset that comes
    next."""

    topic_id: str
    offsets: dict[int, int]
    files: int = 0


class Journal:
    """The manifest of a folder. A crash at any moment leaves all lines but perhaps the last
    whole."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / MANIFEST

    def open(self, wish: Wish) -> tuple[Wish, Cursor | None]:
        """What is done, and the wish with the `since` of the first time: `now` must not wander.

        The first line tells the wish. LakeError where the folder is another topic's, or another
        format's.
        """
        lines = self._lines()
        if not lines:
            told = {
                "topic": wish.topic,
                "format": wish.format,
                "for_spreadsheets": wish.for_spreadsheets,
            }
            self._append(told | {"since": wish.since.isoformat() if wish.since else None})
            sync_folder(self.path.parent)
            return wish, None
        head = lines[0]
        if (head["topic"], head["format"]) != (wish.topic, wish.format):
            raise LakeError(
                f"{self.path} is of topic {head['topic']} as {head['format']}; take another folder"
            )
        if head.get("for_spreadsheets", False) != wish.for_spreadsheets:
            how = "without" if wish.for_spreadsheets else "with"
            raise LakeError(
                f"{self.path} was begun {how} --for-spreadsheets; go on so, or take another folder"
            )
        since = datetime.fromisoformat(head["since"]) if head["since"] else None
        return replace(wish, since=since), _cursor(lines[1:])

    @contextmanager
    def held(self) -> Iterator[None]:
        """For this process; LakeError where another writes to the folder."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LakeError(
                    f"another export follows into {self.path.parent}; stop it, or take another"
                ) from None
            yield

    def add(self, stored: Stored, cursor: Cursor) -> None:
        self._append({**asdict(stored), "topic_id": cursor.topic_id, "offsets": cursor.offsets})

    def _lines(self) -> list[dict[str, Any]]:
        """Whole ones; what a crash left of one more is cut off."""
        if not self.path.exists():
            return []
        whole, newline, _ = self.path.read_bytes().rpartition(b"\n")
        os.truncate(self.path, len(whole) + len(newline))
        return [json.loads(line) for line in whole.splitlines()]

    def _append(self, line: Mapping[str, Any]) -> None:
        with self.path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _cursor(lines: list[dict[str, Any]]) -> Cursor | None:
    if not lines:
        return None
    offsets = {int(partition): offset for partition, offset in lines[-1]["offsets"].items()}
    return Cursor(lines[-1]["topic_id"], offsets, len(lines))


def follow(
    place: LakePlace, wish: Wish, stop: threading.Event, report: Callable[[str], None]
) -> None:
    """Until `stop` is set; `wish.every` rows a file, fewer where WAIT_S have passed since they were
    found."""
    table = find_table(place, wish.topic)
    journal = Journal(wish.folder)
    with journal.held():
        wish, cursor = journal.open(replace(wish, every=wish.every or EVERY))
        _Follower(table, wish, journal, report, cursor).run(stop)


class _Follower:
    """Looks at the table each LOOK_EVERY_S, and writes what is new."""

    def __init__(
        self,
        table: LakeTable,
        wish: Wish,
        journal: Journal,
        report: Callable[[str], None],
        cursor: Cursor | None,
    ) -> None:
        self._table = table
        self._wish = wish
        self._every = wish.every or EVERY
        self._journal = journal
        self._report = report
        self._cursor = cursor
        columns = list(dict.fromkeys([*wish.columns(table), *_PLACE]))
        self._windows = Windows(table, Span(wish.since, wish.until), columns)

    def run(self, stop: threading.Event) -> None:
        seen, waiting_since_s = -1, None
        while not stop.is_set():
            self._table.refresh()
            is_late = waiting_since_s is not None and time.monotonic() - waiting_since_s >= WAIT_S
            if self._table.reach is not None and (is_late or self._table.version != seen):
                files, seen = self._cursor.files if self._cursor else 0, self._table.version
                self._cursor, left = self._drain(self._table.reach, is_late, stop)
                if not left:
                    waiting_since_s = None
                elif waiting_since_s is None or self._cursor.files != files:
                    waiting_since_s = time.monotonic()
            stop.wait(LOOK_EVERY_S)

    def _checked(self, reach: Reach) -> Cursor:
        cursor = self._cursor or Cursor(reach.topic_id, {})
        if cursor.topic_id != reach.topic_id:
            raise LakeError(
                f"topic {self._wish.topic} was made anew; what is written is complete: take another folder"
            )
        return cursor

    def _drain(self, reach: Reach, is_late: bool, stop: threading.Event) -> tuple[Cursor, int]:
        """Write all full files that there are rows for, and where it is late the rest; rows that
        are left over."""
        cursor = self._checked(reach)
        waiting: list[pa.RecordBatch] = []
        rows = 0
        for window in self._new_rows(cursor, reach):
            waiting, rows = [*waiting, *window.to_batches()], rows + len(window)
            while rows >= self._every and not stop.is_set():
                found = pa.Table.from_batches(waiting).combine_chunks()
                cursor = self._store(cursor, found.slice(0, self._every))
                waiting, rows = found.slice(self._every).to_batches(), rows - self._every
            if stop.is_set():
                return cursor, rows
        if rows and is_late:
            cursor, rows = self._store(cursor, pa.Table.from_batches(waiting)), 0
        return cursor, rows

    def _new_rows(self, cursor: Cursor, reach: Reach) -> Iterator[pa.Table]:
        self._windows.refresh()
        for partition, end in sorted(reach.next_offsets.items()):
            at = cursor.offsets.get(partition, 0)
            while found := self._windows.next(cursor.topic_id, partition, at, end):
                rows, at = found
                yield rows

    def _store(self, cursor: Cursor, rows: pa.Table) -> Cursor:
        moved = replace(cursor, files=cursor.files + 1, offsets=cursor.offsets | _ends(rows))
        file = self._wish.new_file(moved.files, schema_of(self._table, self._wish))
        columns = self._wish.columns(self._table)
        for batch in cleaned(iter(rows.select(columns).to_batches()), columns):
            file.write(batch)
        stored = file.store(sync=True)
        self._journal.add(stored, moved)
        self._report(f"{stored.file}: {stored.rows} rows")
        return moved


def _ends(rows: pa.Table) -> dict[int, int]:
    ends = rows.group_by("kafka_partition").aggregate([("kafka_offset", "max")]).to_pylist()
    return {row["kafka_partition"]: row["kafka_offset_max"] + 1 for row in ends}
