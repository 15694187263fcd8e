"""The cursor of a source that had another name in an older version: renamed at the first start."""

from pathlib import Path

from tidemark.contracts.sources import SOURCES


def rename_lock(folder: Path, name: str) -> None:
    """Rename the lock of the former name, before it is locked: a producer of the older version that
    still runs holds it under the new name too."""
    if not (folder / f"{name}.json").exists():
        _rename(folder, name, ".lock")


def rename_cursor(folder: Path, name: str) -> None:
    """Rename the cursor of the former name where there is none yet; called with the lock held."""
    if not (folder / f"{name}.json").exists():
        _rename(folder, name, ".json")


def _rename(folder: Path, name: str, suffix: str) -> None:
    for former in SOURCES[name].former:
        path = folder / f"{former}{suffix}"
        if path.exists():
            path.replace(folder / f"{name}{suffix}")
