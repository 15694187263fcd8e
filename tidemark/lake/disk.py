"""What a local disk has been told, and really has."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Wait until the disk has what is in the file. Its name in the folder is another matter:
    sync_folder()."""
    _sync(path, os.O_RDWR)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in it."""
    _sync(folder, os.O_RDONLY)


def _sync(path: Path, how: int) -> None:
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
