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
    """A server as it stands; state is a word of board.State, note what there is to say of it."""

    name: str
    state: str
    note: str = ""
    pid: int | None = None
    port: int | None = None
    log_file: Path


class Running(BaseModel):
    """A stack that runs, as it tells others in stack.json."""

    pid: int
    started_at: datetime
    source: str
    services: list[Service] = []
    dashboards_url: str | None = None
    first_chart_s: float | None = None
    peak_memory_mb: float = 0


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Make the folder ours while the block runs; StackError where a stack runs in it.

    The kernel gives a lock back however its holder dies, so there are no stale ones.
    """
    with _open_lock(folder) as lock:
        if not _take(lock.fileno()):
            raise StackError(_who_runs(folder))
        _state_file(folder).unlink(missing_ok=True)  # of one that was killed
        try:
            yield
        finally:
            _state_file(folder).unlink(missing_ok=True)


def write(folder: Path, running: Running) -> None:
    """Tell others what runs; on a full disk they go on seeing what was told before, and no server
    ends of it."""
    new = _state_file(folder).with_suffix(".new")
    with suppress(OSError):
        new.write_text(running.model_dump_json(indent=1))
        new.replace(_state_file(folder))


def read(folder: Path) -> Running | None:
    """What runs in the folder; None where nothing does, whatever a stack that was killed left
    behind."""
    if not is_claimed(folder):
        return None
    try:
        return Running.model_validate_json(_state_file(folder).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def is_claimed(folder: Path) -> bool:
    """Whether a stack runs there, be it ever so young."""
    try:
        with _lock_file(folder).open("r") as lock:
            return not _is_free(lock.fileno())
    except FileNotFoundError:
        return False


def check_room(folder: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """SetupError where the disk is so full that the servers would fall over."""
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


def _take(descriptor: int, patience_s: float = 1) -> bool:
    """Patient, as one who only asks whether it is free holds it for a moment."""
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
