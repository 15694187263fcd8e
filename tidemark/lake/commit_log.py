"""The Delta log of a table on a local disk, as files: delta-rs writes them, and does not sync them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from tidemark.errors import LakeError
from tidemark.lake.disk import sync_file, sync_folder
from tidemark.lake.offsets import LakeOffsets, newest

FOLDER: Final = "_delta_log"
_LAST: Final = "_last_checkpoint"
_SET_ASIDE: Final = ".damaged"


@dataclass(frozen=True)
class Commit:
    """A complete commit.

    added  the sizes in bytes of its data files, by their paths in the table's folder
    info   Delta's commitInfo
    """

    version: int
    added: dict[str, int]
    info: dict[str, Any]


class CommitLog:
    """The log of the table in this folder, which need not exist."""

    def __init__(self, table: Path) -> None:
        self._table = table
        self._folder = table / FOLDER

    def newest(self, count: int) -> list[Commit]:
        """Return those of the last `count` commits that are complete, oldest first."""
        found = (self._read(version) for version in self._versions()[-count:])
        return [commit for commit in found if commit is not None]

    def offsets_at(self, version: int) -> LakeOffsets | None:
        """Return the table's offsets at this version; None if no remaining commit up to it states them."""
        read = (self._read(earlier) for earlier in reversed(self._versions()) if earlier <= version)
        return newest(commit.info for commit in read if commit is not None)

    def sync(self, versions: range) -> None:
        """Wait until the disk has these commits and their checkpoints.

        They are opened by name, not listed: a month has 40,000 commits.
        """
        files = [self._path(version) for version in versions]
        checkpoints = [path.with_suffix(".checkpoint.parquet") for path in files]
        for path in (*files, *checkpoints, self._folder / _LAST):
            if path.exists():
                sync_file(path)
        sync_folder(self._folder)

    def sync_folders(self) -> None:
        """Wait until the disk has the table's folder and its entry in the parent folder."""
        for folder in (self._table, self._table.parent):
            sync_folder(folder)

    def end_before_damage(self, count: int) -> list[str]:
        """Rename the first torn commit of the last `count` and all after it, and torn checkpoints.

        Return their former names. Raise LakeError if nothing of the log would be left.
        """
        versions = self._versions()
        torn = next((version for version in versions[-count:] if self._read(version) is None), None)
        if torn == 0 and len(versions) > 1:
            raise LakeError(
                f"{self._folder} has no complete first commit: restore the table from a backup, or move it away"
            )
        damaged = [
            path for path in self._checkpoints() if not is_parquet(path) or _is_from(path, torn)
        ]
        if torn is not None:
            damaged += [self._path(version) for version in versions if version >= torn]
        if damaged:
            (self._folder / _LAST).unlink(missing_ok=True)  # it only saves a listing
        for path in damaged:
            path.rename(path.with_name(path.name + _SET_ASIDE))
        return [path.name for path in damaged]

    def _versions(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.json") if path.stem.isdigit())

    def _checkpoints(self) -> list[Path]:
        """Return the newest checkpoint, the only one that a crash may have left incomplete."""
        return sorted(self._folder.glob("*.checkpoint*.parquet"))[-1:]

    def _read(self, version: int) -> Commit | None:
        """Return the commit; None if it is torn, as an empty file is."""
        try:
            actions = [json.loads(line) for line in self._path(version).read_bytes().splitlines()]
            added = [action["add"] for action in actions if "add" in action]
            info: dict[str, Any] = next(
                (action["commitInfo"] for action in actions if "commitInfo" in action), {}
            )
        except (ValueError, TypeError):
            return None
        if not actions:
            return None
        return Commit(version, {unquote(file["path"]): file["size"] for file in added}, info)

    def _path(self, version: int) -> Path:
        return self._folder / f"{version:020}.json"


def is_parquet(path: Path) -> bool:
    """Return whether the file exists and its footer can be read."""
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return True


def _is_from(path: Path, version: int | None) -> bool:
    return version is not None and int(path.name[:20]) >= version
