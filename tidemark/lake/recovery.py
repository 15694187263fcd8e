"""Repairs a table on a local disk after a power cut: restores the newest version whose files are complete.

Later records are still in Kafka, and are read again from there, once: rows and offsets go back together.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from tidemark.errors import DamagedLakeError
from tidemark.lake.commit_log import CommitLog, is_parquet
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakeLocation
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.table import LakeTable

LOOK_BACK: Final = 20
"""How many commits are checked: the disk has had minutes to write what is older."""


def recover(
    location: LakeLocation, topic: str, check: Callable[[LakeOffsets], object]
) -> list[str]:
    """Restore an earlier version if the newest commits or their files are damaged; return the damaged names.

    check  raises if Kafka no longer has the records after these offsets; then the table stays as it is

    Raise LakeError if the earlier version is damaged too. A bucket holds complete files only: nothing to do.
    """
    if (folder := location.folder(topic)) is None:
        return []
    damaged = CommitLog(folder).end_before_damage(LOOK_BACK)
    if (table := LakeTable.find(location, topic)) is None:
        return damaged
    held = {file.path for file in table.files()}
    for commit in CommitLog(folder).newest(LOOK_BACK):
        sizes = {path: size for path, size in commit.added.items() if path in held}
        bad = [path for path, size in sizes.items() if not _is_complete(folder / path, size)]
        if bad:
            files, offsets = _before(commit.version, table, folder, bad[0])
            check(offsets)
            table.restore(files, offsets)
            return [*damaged, *bad]
    return damaged


def _before(
    version: int, table: LakeTable, folder: Path, bad: str
) -> tuple[list[LakeFile], LakeOffsets]:
    """Return the table's files and offsets before this version; raise LakeError if those are damaged too."""
    files, offsets = table.files_at(version - 1), CommitLog(folder).offsets_at(version - 1)
    held = {file.path for file in table.files()}
    also_damaged = _first_damaged(folder, (file for file in files if file.path not in held))
    if also_damaged is not None:
        raise _beyond_repair(folder / bad, f"so is {also_damaged} before it")
    if offsets is None:
        raise _beyond_repair(folder / bad, "no commit before it states the table's offsets")
    return files, offsets


def _beyond_repair(path: Path, why: str) -> DamagedLakeError:
    return DamagedLakeError(f"{path} is damaged, and {why}: restore the table from a backup")


def _first_damaged(folder: Path, files: Iterable[LakeFile]) -> str | None:
    return next(
        (file.path for file in files if not _is_complete(folder / file.path, file.size_bytes)), None
    )


def _is_complete(path: Path, size_bytes: int) -> bool:
    return path.exists() and path.stat().st_size == size_bytes and is_parquet(path)
