"""`tidemark down`: stop the stack of a folder from elsewhere, and wait until it has."""

import os
import signal
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from tidemark.errors import StackError
from tidemark.stack.embedded import folder

PATIENCE_S: Final = 120


def down(data_dir: Path, console: Console) -> None:
    """Returns once all is stopped; says so where nothing ran. StackError where it does not stop."""
    home = data_dir.absolute()
    deadline = time.monotonic() + PATIENCE_S
    pid = _told_to_stop(home, deadline)
    if pid is None:
        console.print(f"no stack runs in {home}", highlight=False)
        return
    with console.status(f"stopping the stack in {home}"):
        while folder.is_claimed(home):
            if time.monotonic() > deadline:
                raise StackError(
                    f"the stack in {home} (pid {pid}) does not stop; its logs are in {home / 'logs'}"
                )
            time.sleep(0.1)
    console.print(f"stopped; the data stays in {home}", highlight=False)


def _told_to_stop(home: Path, deadline: float) -> int | None:
    """The pid that was told; None where nothing runs. A stack that has only just begun says its pid
    soon."""
    while folder.is_claimed(home):
        if (running := folder.read(home)) is not None:
            try:
                os.kill(running.pid, signal.SIGTERM)
            except ProcessLookupError:
                return None
            return running.pid
        if time.monotonic() > deadline:
            raise StackError(
                f"a stack runs in {home} and does not say its pid; look for `tidemark up`"
            )
        time.sleep(0.1)
    return None
