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
    """Stop the stack and wait until it has stopped; raise StackError if it does not. Print what happened."""
    home = data_dir.absolute()
    deadline = time.monotonic() + PATIENCE_S
    pid = _ask_to_stop(home, deadline)
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


def _ask_to_stop(home: Path, deadline: float) -> int | None:
    """Send SIGTERM, waiting for a new stack to write its pid; return the pid, or None if nothing runs."""
    while folder.is_claimed(home):
        if (running := folder.read(home)) is not None:
            try:
                os.kill(running.pid, signal.SIGTERM)
            except ProcessLookupError:
                return None
            return running.pid
        if time.monotonic() > deadline:
            raise StackError(
                f"a stack runs in {home} but has not written its pid; look for a process `tidemark up`"
            )
        time.sleep(0.1)
    return None
