"""The data folder of one stack: at most one stack runs in it, and others can see which."""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

from pydantic import BaseModel, ValidationError

from tidemark.errors import SetupError, StackError

NEEDED_BYTES: Final = 1 << 30


class Service(BaseModel):
    """The state of a server: one of board.State, with a note on it."""

    name: str
    state: str
    note: str = ""
    pid: int | None = None
    port: int | None = None
    log_file: Path


class Running(BaseModel):
    """A running stack, as stack.json describes it to other processes."""

    pid: int
    started_at: datetime
    source: str
    services: list[Service] = []
    dashboards_url: str | None = None
    first_chart_s: float | None = None
    peak_memory_mb: float = 0


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Lock the folder while the block runs; raise StackError if a stack runs in it.

    The kernel releases a lock however its holder ends, so there are no stale ones.
    """
    with _open_lock(folder) as lock:
        if not _lock_within(lock.fileno()):
            raise StackError(_who_runs(folder))
        _state_file(folder).unlink(missing_ok=True)  # left by a stack that was killed
        try:
            yield
        finally:
            _state_file(folder).unlink(missing_ok=True)


def write(folder: Path, running: Running) -> None:
    """Write what runs for other processes; on a full disk keep the former state, so that no server ends."""
    new = _state_file(folder).with_suffix(".new")
    with suppress(OSError):
        new.write_text(running.model_dump_json(indent=1))
        new.replace(_state_file(folder))


def read(folder: Path) -> Running | None:
    """Return what runs in the folder; None if nothing does, even if a killed stack left its state file."""
    if not is_claimed(folder):
        return None
    try:
        return Running.model_validate_json(_state_file(folder).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def is_claimed(folder: Path) -> bool:
    """Return whether a stack runs in the folder, even if it has just begun to start."""
    try:
        with _lock_file(folder).open("r") as lock:
            return not _is_free(lock.fileno())
    except FileNotFoundError:
        return False


def check_room(folder: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """Raise SetupError if the disk has too little space for the servers."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise SetupError(
            f"only {free_bytes / 1e6:,.0f} MB are free where {folder} is, and the stack needs "
            f"{needed_bytes / 1e6:,.0f}; make room, or set TIDEMARK_DATA_DIR to a folder on another disk"
        )


def _open_lock(folder: Path) -> TextIO:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        return _lock_file(folder).open("w")
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be used as data folder ({error.strerror}); set TIDEMARK_DATA_DIR to one that can"
        ) from error


def _lock_within(descriptor: int, patience_s: float = 1) -> bool:
    """Lock the file; wait a little, as a process that checks the lock holds it for a moment."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _who_runs(folder: Path) -> str:
    running = read(folder)
    who = (
        f"pid {running.pid}, since {running.started_at:%Y-%m-%d %H:%M} UTC"
        if running
        else "it is just starting"
    )
    return f"a stack runs in {folder} already ({who}); see `tidemark status`, or stop it with `tidemark down`"


def _lock_file(folder: Path) -> Path:
    return folder / "stack.lock"


def _state_file(folder: Path) -> Path:
    return folder / "stack.json"
