"""A table on a local disk after a power cut: back to the newest version whose files are whole.

What it held after that is in Kafka, and is read again from there, once: rows and reach go back
together.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from tidemark.errors import DamagedLakeError
from tidemark.lake.commit_log import CommitLog, is_parquet
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakePlace
from tidemark.lake.offsets import Reach
from tidemark.lake.table import LakeTable

LOOK_BACK: Final = 20
"""So many commits are looked at: what is older than some minutes the disk has had time for."""


def recover(place: LakePlace, topic: str, check: Callable[[Reach], object]) -> list[str]:
    """Go back where the newest commits or their files are damaged; return the names of what is.

    check  raises where the records after this reach cannot be had again; then rows and reach stay as they are

    LakeError where what was there before is damaged too. A bucket has a file whole or not at all,
    and is left alone.
    """
    if (folder := place.folder(topic)) is None:
        return []
    damaged = CommitLog(folder).end_before_damage(LOOK_BACK)
    if (table := LakeTable.find(place, topic)) is None:
        return damaged
    log, held = CommitLog(folder), {file.path for file in table.files()}
    for commit in log.newest(LOOK_BACK):
        if bad := [
            path
            for path, size in commit.added.items()
            if path in held and not _is_whole(folder / path, size)
        ]:
            files, reach = _before(commit.version, table, folder, bad[0])
            check(reach)
            table.go_back(files, reach)
            return [*damaged, *bad]
    return damaged


def _before(version: int, table: LakeTable, folder: Path, bad: str) -> tuple[list[LakeFile], Reach]:
    """Return what the table held before this version, and how far it had come; LakeError where that
    is damaged too."""
    files, reach = table.files_at(version - 1), CommitLog(folder).reach_at(version - 1)
    held = {file.path for file in table.files()}
    gone = _first_damaged(folder, (file for file in files if file.path not in held))
    if reach is None or gone is not None:
        what = (
            "no commit before it tells how far it had come"
            if gone is None
            else f"so is {gone} before it"
        )
        raise DamagedLakeError(
            f"{folder / bad} is damaged, and {what}: take the table from a backup"
        )
    return files, reach


def _first_damaged(folder: Path, files: Iterable[LakeFile]) -> str | None:
    return next(
        (file.path for file in files if not _is_whole(folder / file.path, file.size_bytes)), None
    )


def _is_whole(path: Path, size_bytes: int) -> bool:
    return path.exists() and path.stat().st_size == size_bytes and is_parquet(path)
