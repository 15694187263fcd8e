"""Exports a span of a topic from the lake into files."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from tidemark.errors import LakeError
from tidemark.lake.batch_file import BatchFile, Stored
from tidemark.lake.formats import FORMATS, Csv, clean_names
from tidemark.lake.location import LakeLocation
from tidemark.lake.reader import Span, read
from tidemark.lake.table import LakeTable

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class ExportRequest:
    """What to export, and how.

    every    rows in a file; None for one file
    payload  whether to include the column `value`
    for_spreadsheets  CSV as Excel reads it, with no cell that a spreadsheet would run as a formula (formats.Csv)
    """

    topic: str
    format: str
    folder: Path
    since: datetime | None = None
    until: datetime | None = None
    every: int | None = None
    payload: bool = False
    for_spreadsheets: bool = False

    def new_file(self, number: int, schema: pa.Schema) -> BatchFile:
        make = (
            partial(Csv, for_spreadsheets=True) if self.for_spreadsheets else FORMATS[self.format]
        )
        return BatchFile(self.folder / self.file_name(number), schema, make)

    def file_name(self, number: int) -> str:
        return (
            f"{self.topic}.{self.format}"
            if self.every is None
            else f"{self.topic}-{number:08}.{self.format}"
        )

    def columns(self, table: LakeTable) -> list[str]:
        return [name for name in table.schema.names if self.payload or name != "value"]


def find_table(location: LakeLocation, topic: str) -> LakeTable:
    """Return the topic's table; raise LakeError if there is none."""
    if (table := LakeTable.find(location, topic)) is None:
        raise LakeError(
            f"there is no table {topic} in {location.uri}: no job has written to it, or the lake is elsewhere"
        )
    return table


def export(location: LakeLocation, request: ExportRequest, console: Console) -> int:
    """Write the files, then the manifest that lists them; return the number of rows.

    Raise LakeError if the folder has a manifest already.
    """
    table = find_table(location, request.topic)
    manifest_path = request.folder / MANIFEST
    if manifest_path.exists():
        raise LakeError(
            f"{manifest_path} exists: this folder holds a complete export; choose another folder, or delete it"
        )
    request.folder.mkdir(parents=True, exist_ok=True)
    span = Span(request.since, request.until)
    files = [file for file in table.files() if span.may_hold(file)]
    with ExitStack() as open_things:
        progress = open_things.enter_context(_progress(console))
        task = progress.add_task(request.topic, total=sum(file.rows for file in files))
        manifest = open_things.enter_context(_Manifest(manifest_path, request, table))
        rows = _with_progress(read(table, request.columns(table), span, files), progress, task)
        for stored in _write(
            request, cleaned(rows, request.columns(table)), schema_of(table, request)
        ):
            manifest.add(stored)
        progress.update(task, completed=sum(file.rows for file in files))
        manifest.finish()
    return manifest.rows


def _with_progress(
    batches: Iterator[pa.RecordBatch], progress: Progress, task: TaskID
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        progress.advance(task, len(batch))
        yield batch


def cleaned(batches: Iterator[pa.RecordBatch], names: list[str]) -> Iterator[pa.RecordBatch]:
    plain = clean_names(names)
    return (batch.rename_columns(plain) for batch in batches)


def schema_of(table: LakeTable, request: ExportRequest) -> pa.Schema:
    """Return the columns of the files, by their cleaned names."""
    names = request.columns(table)
    fields = [table.schema.field(name) for name in names]
    return pa.schema(
        [field.with_name(plain) for field, plain in zip(fields, clean_names(names), strict=True)]
    )


def _write(
    request: ExportRequest, batches: Iterator[pa.RecordBatch], schema: pa.Schema
) -> Iterator[Stored]:
    number, file = 1, None
    try:
        for batch in batches:
            while len(batch):
                file = file or request.new_file(number, schema)
                room = len(batch) if request.every is None else request.every - file.rows
                file.write(batch.slice(0, room))
                batch = batch.slice(room)
                if file.rows == request.every:
                    done, number, file = file.store(sync=False), number + 1, None
                    yield done
        if file is not None or (request.every is None and number == 1):
            file = file or request.new_file(number, schema)
            done, file = file.store(sync=True), None
            yield done
    finally:
        if file is not None:
            file.drop()


class _Manifest:
    """The list of files, written as they are stored, so that it needs no memory; renamed once complete."""

    def __init__(self, path: Path, request: ExportRequest, table: LakeTable) -> None:
        self.rows = 0
        self._path = path
        self._draft = path.with_name(f".{path.name}.part")
        self._files = 0
        self._head: dict[str, Any] = {
            "topic": request.topic,
            "format": request.format,
            "since": request.since.isoformat() if request.since else None,
            "until": request.until.isoformat() if request.until else None,
            "lake_version": table.version,
        }
        self._file: IO[str]

    def __enter__(self) -> "_Manifest":
        self._file = self._draft.open("w")
        self._file.write(json.dumps(self._head)[:-1] + ', "files": [')
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def add(self, stored: Stored) -> None:
        self._file.write(("," if self._files else "") + "\n  " + json.dumps(asdict(stored)))
        self._files += 1
        self.rows += stored.rows

    def finish(self) -> None:
        self._file.write(f'\n], "rows": {self.rows}}}\n')
        self._file.close()
        self._draft.replace(self._path)


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
    )
    return Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    )
