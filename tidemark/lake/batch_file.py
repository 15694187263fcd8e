"""Files of an export: complete, or not there."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from tidemark.lake.disk import sync_folder
from tidemark.lake.formats import MakeFormat


@dataclass(frozen=True)
class Stored:
    """A complete file, as a manifest lists it."""

    file: str
    rows: int
    bytes: int
    sha256: str


class BatchFile:
    """A file that is written under a temporary name; store() renames it to `path`."""

    def __init__(self, path: Path, schema: pa.Schema, make: MakeFormat) -> None:
        self.rows = 0
        self._path = path
        self._draft = path.with_name(f".{path.name}.part")
        self._file = _Hashed(self._draft.open("wb"))
        self._format = make(self._file, schema)  # type: ignore[arg-type]

    def write(self, rows: pa.RecordBatch) -> None:
        self._format.write(rows)
        self.rows += len(rows)

    def store(self, *, sync: bool) -> Stored:
        """Close the file and rename it; with `sync`, wait until the disk has it."""
        self._format.close()
        self._file.end(sync)
        self._draft.replace(self._path)
        if sync:
            sync_folder(self._path.parent)
        return Stored(self._path.name, self.rows, self._file.written, self._file.digest.hexdigest())

    def drop(self) -> None:
        """Delete the unfinished file."""
        self._file.end(False)
        self._draft.unlink(missing_ok=True)


class _Hashed:
    """A file that computes the sha256 of what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.written = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        size = self._file.write(data)
        self.written += size
        return size

    def tell(self) -> int:
        return self.written

    def flush(self) -> None:
        self._file.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """Do nothing: the formats close what they write to, and end() still has to sync it."""

    def end(self, sync: bool) -> None:
        if not self.closed:
            self._file.flush()
            if sync:
                os.fsync(self._file.fileno())
            self._file.close()
            self.closed = True
