"""Waiting until a local disk really has what was written (fsync)."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Wait until the disk has the file's content; for its name in the folder see sync_folder()."""
    _sync(path, os.O_RDWR)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in the folder."""
    _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
