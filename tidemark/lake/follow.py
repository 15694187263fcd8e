"""Exports a topic continuously into files of a fixed number of rows, each row in exactly one file.

`manifest.jsonl` begins with the request; then it has one line for each complete file, with the next offsets: it is
manifest and cursor in one. A file that it does not list is incomplete, and is written again.
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
from tidemark.lake.export import ExportRequest, cleaned, find_table, schema_of
from tidemark.lake.location import LakeLocation
from tidemark.lake.offset_reader import OffsetReader
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.reader import Span
from tidemark.lake.table import LakeTable

MANIFEST: Final = "manifest.jsonl"
EVERY: Final = 100
"""Rows in a file, by default."""
LOOK_EVERY_S: Final = 1.0
WAIT_S: Final = 60.0
"""How long rows wait for others that would fill their file."""
_PLACE: Final = ["topic_id", "kafka_partition", "kafka_offset"]


@dataclass(frozen=True)
class Cursor:
    """The position of an export: files written, and the next offset of each partition of the topic with this id."""

    topic_id: str
    offsets: dict[int, int]
    files: int = 0


class Journal:
    """The manifest of a folder. A crash at any moment can damage the last line only."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / MANIFEST

    def open(self, request: ExportRequest) -> tuple[ExportRequest, Cursor | None]:
        """Return the request, with the `since` of the first run, and how far earlier runs came (None for no file).

        The manifest's first line holds the request: `--since now` must not move. Raise LakeError if it is for another
        topic or another format.
        """
        lines = self._lines()
        if not lines:
            self._append(_head(request))
            sync_folder(self.path.parent)
            return request, None
        head = lines[0]
        if (head["topic"], head["format"]) != (request.topic, request.format):
            raise LakeError(
                f"{self.path} is of topic {head['topic']} as {head['format']}; choose another folder"
            )
        if head.get("for_spreadsheets", False) != request.for_spreadsheets:
            how = "without" if request.for_spreadsheets else "with"
            raise LakeError(
                f"{self.path} was begun {how} --for-spreadsheets; do the same, or choose another folder"
            )
        since = datetime.fromisoformat(head["since"]) if head["since"] else None
        return replace(request, since=since), _cursor(lines[1:])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder for this process; raise LakeError if another process writes to it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LakeError(
                    f"another export follows into {self.path.parent}; stop it, or choose another folder"
                ) from None
            yield

    def add(self, stored: Stored, cursor: Cursor) -> None:
        self._append({**asdict(stored), "topic_id": cursor.topic_id, "offsets": cursor.offsets})

    def _lines(self) -> list[dict[str, Any]]:
        """Return the complete lines, and truncate what a crash left after them."""
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


def _head(request: ExportRequest) -> dict[str, Any]:
    return {
        "topic": request.topic,
        "format": request.format,
        "for_spreadsheets": request.for_spreadsheets,
        "since": request.since.isoformat() if request.since else None,
    }


def _cursor(lines: list[dict[str, Any]]) -> Cursor | None:
    if not lines:
        return None
    offsets = {int(partition): offset for partition, offset in lines[-1]["offsets"].items()}
    return Cursor(lines[-1]["topic_id"], offsets, len(lines))


def follow(
    location: LakeLocation,
    request: ExportRequest,
    stop: threading.Event,
    report: Callable[[str], None],
) -> None:
    """Export until `stop` is set: `request.every` rows in a file, or fewer once they have waited for WAIT_S."""
    table = find_table(location, request.topic)
    journal = Journal(request.folder)
    with journal.held():
        request, cursor = journal.open(replace(request, every=request.every or EVERY))
        _Follower(table, request, journal, report, cursor).run(stop)


class _Follower:
    """Reads the table every LOOK_EVERY_S, and writes new rows."""

    def __init__(
        self,
        table: LakeTable,
        request: ExportRequest,
        journal: Journal,
        report: Callable[[str], None],
        cursor: Cursor | None,
    ) -> None:
        self._table = table
        self._request = request
        self._every = request.every or EVERY
        self._journal = journal
        self._report = report
        self._cursor = cursor
        columns = list(dict.fromkeys([*request.columns(table), *_PLACE]))
        self._reader = OffsetReader(table, Span(request.since, request.until), columns)

    def run(self, stop: threading.Event) -> None:
        seen_version = -1
        waiting_since_s: float | None = None
        while not stop.is_set():
            self._table.refresh()
            now_s = time.monotonic()
            is_late = waiting_since_s is not None and now_s - waiting_since_s >= WAIT_S
            is_new = self._table.version != seen_version
            if self._table.offsets is not None and (is_late or is_new):
                seen_version = self._table.version
                files_before = self._cursor.files if self._cursor else 0
                self._cursor, left_over = self._drain(self._table.offsets, is_late, stop)
                if not left_over:
                    waiting_since_s = None
                elif waiting_since_s is None or self._cursor.files != files_before:
                    waiting_since_s = time.monotonic()
            stop.wait(LOOK_EVERY_S)

    def _require_cursor(self, offsets: LakeOffsets) -> Cursor:
        """Return the cursor; raise LakeError if it is of another topic of the same name."""
        cursor = self._cursor or Cursor(offsets.topic_id, {})
        if cursor.topic_id != offsets.topic_id:
            raise LakeError(
                f"topic {self._request.topic} was created again; what is written is complete: choose another folder"
            )
        return cursor

    def _drain(
        self, offsets: LakeOffsets, is_late: bool, stop: threading.Event
    ) -> tuple[Cursor, int]:
        """Write all files that can be filled, and if `is_late` the rest.

        Return the new cursor, and the number of rows that are left over.
        """
        cursor = self._require_cursor(offsets)
        waiting: list[pa.RecordBatch] = []
        rows = 0
        for window in self._new_rows(cursor, offsets):
            waiting += window.to_batches()
            rows += len(window)
            while rows >= self._every and not stop.is_set():
                found = pa.Table.from_batches(waiting).combine_chunks()
                cursor = self._store(cursor, found.slice(0, self._every))
                waiting = found.slice(self._every).to_batches()
                rows -= self._every
            if stop.is_set():
                return cursor, rows
        if rows and is_late:
            cursor, rows = self._store(cursor, pa.Table.from_batches(waiting)), 0
        return cursor, rows

    def _new_rows(self, cursor: Cursor, offsets: LakeOffsets) -> Iterator[pa.Table]:
        self._reader.refresh()
        for partition, end in sorted(offsets.next_offsets.items()):
            at = cursor.offsets.get(partition, 0)
            while found := self._reader.read_next(cursor.topic_id, partition, at, end):
                rows, at = found
                yield rows

    def _store(self, cursor: Cursor, rows: pa.Table) -> Cursor:
        next_offsets = cursor.offsets | _ends(rows)
        moved = replace(cursor, files=cursor.files + 1, offsets=next_offsets)
        file = self._request.new_file(moved.files, schema_of(self._table, self._request))
        columns = self._request.columns(self._table)
        batches = rows.select(columns).to_batches()
        for batch in cleaned(iter(batches), columns):
            file.write(batch)
        stored = file.store(sync=True)
        self._journal.add(stored, moved)
        self._report(f"{stored.file}: {stored.rows} rows")
        return moved


def _ends(rows: pa.Table) -> dict[int, int]:
    ends = rows.group_by("kafka_partition").aggregate([("kafka_offset", "max")]).to_pylist()
    return {row["kafka_partition"]: row["kafka_offset_max"] + 1 for row in ends}
