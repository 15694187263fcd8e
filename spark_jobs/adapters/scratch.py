"""Folders for what Spark writes while it runs: blocks, artifacts, sockets of its Python workers."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

_LOCK: Final = "lock"
_SOCKETS: Final = "sockets"


@dataclass(frozen=True)
class Scratch:
    """folder is in the data folder; sockets is not: the path of a socket may have no more than 107
    bytes."""

    folder: Path
    sockets: Path


@contextmanager
def scratch(data_dir: Path) -> Iterator[Scratch]:
    """Yield a new one, and delete it at the end; first delete those that killed drivers of this
    data folder left.

    Several drivers may share a data folder. The kernel releases a lock however its holder dies.
    """
    home = data_dir.absolute() / "spark"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / _LOCK).open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        for folder in home.iterdir():
            if folder.is_dir():
                _delete_if_left(folder)
        made = _make(home)
        lock = (made.folder / _LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield made
    finally:
        lock.close()
        _delete(made.folder)


def _make(home: Path) -> Scratch:
    folder = Path(tempfile.mkdtemp(dir=home))
    sockets = Path(tempfile.mkdtemp(prefix="tidemark-"))
    (folder / _SOCKETS).symlink_to(sockets)
    return Scratch(folder, sockets)


def _delete_if_left(folder: Path) -> None:
    try:
        with (folder / _LOCK).open("w") as lock:
            if not _is_free(lock):
                return
    except OSError:
        pass  # killed before it had one
    _delete(folder)


def _delete(folder: Path) -> None:
    """Delete it. What a JVM that is still ending writes meanwhile is left for the next start."""
    if (folder / _SOCKETS).is_symlink():
        shutil.rmtree((folder / _SOCKETS).readlink(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _is_free(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
