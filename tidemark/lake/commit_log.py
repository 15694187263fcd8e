"""The Delta log of a table on a local disk, as files: delta-rs writes them, and waits for no
disk."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from tidemark.errors import LakeError
from tidemark.lake.disk import sync_file, sync_folder
from tidemark.lake.offsets import Reach, newest

FOLDER: Final = "_delta_log"
_LAST: Final = "_last_checkpoint"
_SET_ASIDE: Final = ".damaged"


@dataclass(frozen=True)
class Commit:
    """One that is whole.

    added  the sizes in bytes of its data files, by their paths in the table's folder
    told   what its writer said of it
    """

    version: int
    added: dict[str, int]
    told: dict[str, Any]


class CommitLog:
    """Of the table in this folder, which need not exist."""

    def __init__(self, table: Path) -> None:
        self._table = table
        self._folder = table / FOLDER

    def newest(self, count: int) -> list[Commit]:
        """Return the last `count` commits that are whole, oldest first."""
        found = (self._read(version) for version in self._versions()[-count:])
        return [commit for commit in found if commit is not None]

    def reach_at(self, version: int) -> Reach | None:
        """Return how far the table had come at this version; None where no commit up to it that is
        left tells so."""
        read = (self._read(earlier) for earlier in reversed(self._versions()) if earlier <= version)
        return newest(commit.told for commit in read if commit is not None)

    def sync(self, versions: range) -> None:
        """Wait until the disk has these commits and their checkpoints, by their names: a month has
        40,000 commits."""
        files = [self._path(version) for version in versions]
        checkpoints = [path.with_suffix(".checkpoint.parquet") for path in files]
        for path in (*files, *checkpoints, self._folder / _LAST):
            if path.exists():
                sync_file(path)
        sync_folder(self._folder)

    def sync_folders(self) -> None:
        """Wait until the disk has the folder itself, and the two that it lies in."""
        for folder in (self._table, self._table.parent):
            sync_folder(folder)

    def end_before_damage(self, count: int) -> list[str]:
        """Set aside the first of the last `count` commits that is torn and all after it, and torn
        checkpoints.

        The names of what was set aside. LakeError where nothing of the log would be left.
        """
        torn = next(
            (version for version in self._versions()[-count:] if self._read(version) is None), None
        )
        if torn == 0 and len(self._versions()) > 1:
            raise LakeError(
                f"{self._folder} has no whole first commit: take the table from a backup, or move it away"
            )
        gone = [
            path for path in self._checkpoints() if not is_parquet(path) or _is_from(path, torn)
        ]
        gone += [
            self._path(version)
            for version in self._versions()
            if torn is not None and version >= torn
        ]
        if gone:
            (self._folder / _LAST).unlink(missing_ok=True)  # it only saves a listing
        for path in gone:
            path.rename(path.with_name(path.name + _SET_ASIDE))
        return [path.name for path in gone]

    def _versions(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.json") if path.stem.isdigit())

    def _checkpoints(self) -> list[Path]:
        """Return those of which a crash may have left a part: the newest."""
        return sorted(self._folder.glob("*.checkpoint*.parquet"))[-1:]

    def _read(self, version: int) -> Commit | None:
        """Return the commit; None where it is torn: a commit of an empty file is one."""
        try:
            actions = [json.loads(line) for line in self._path(version).read_bytes().splitlines()]
            added = [action["add"] for action in actions if "add" in action]
            told: dict[str, Any] = next(
                (action["commitInfo"] for action in actions if "commitInfo" in action), {}
            )
        except (ValueError, TypeError):
            return None
        if not actions:
            return None
        return Commit(version, {unquote(file["path"]): file["size"] for file in added}, told)

    def _path(self, version: int) -> Path:
        return self._folder / f"{version:020}.json"


def is_parquet(path: Path) -> bool:
    """Return whether the file is there and has a footer that can be read."""
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return False
    return True


def _is_from(path: Path, version: int | None) -> bool:
    return version is not None and int(path.name[:20]) >= version
