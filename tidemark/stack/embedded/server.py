"""The interface of every server of the embedded stack, and how one is started."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path

from tidemark.errors import StackError
from tidemark.stack.embedded.process import Child

LOOK_EVERY_S = 0.1


class Server(ABC):
    """A server with separate files and a separate port. It starts nothing itself: it returns commands.

    name         shown to people
    log_file     everything that it prints
    port         on loopback; None if it accepts no connections
    environment  of its process; None for ours
    may_finish   whether it may end with success by itself
    may_restart  whether it is restarted if it ends otherwise, once it was ready (restarts.py)
    may_be_left_out  whether the others continue without it if it ends and only a person can help
    """

    name: str
    log_file: Path
    port: int | None = None
    environment: dict[str, str] | None = None
    may_finish: bool = False
    may_restart: bool = False
    may_be_left_out: bool = False

    def first_command(self) -> list[str] | None:
        """Return the command that initializes an empty folder; None if there is nothing to initialize."""
        return None

    def adopt(self) -> None:  # noqa: B027 - most have nothing to do
        """Move initialized data into place; called once first_command has ended with success."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command of the server, which runs in the foreground."""

    @abstractmethod
    def is_ready(self, child: Child) -> bool:
        """Ask the server whether it serves; return within some seconds, and never raise."""


async def bring_up(
    server: Server, *, patience_s: float = 180, on_start: Callable[[Child], None] | None = None
) -> Child:
    """Initialize a new folder, start the server, and wait until it is ready; raise StackError if it does not come up.

    on_start  called with the server's process as soon as it exists; from then on the caller must stop it
    """
    deadline = time.monotonic() + patience_s
    if (first := server.first_command()) is not None:
        await run_to_end(
            Child(server.name, first, log_file=server.log_file, environment=server.environment),
            deadline,
        )
        server.adopt()
    child = Child(
        server.name, server.command(), log_file=server.log_file, environment=server.environment
    )
    if on_start is not None:
        on_start(child)
    try:
        await _wait(child, lambda: asyncio.to_thread(server.is_ready, child), deadline)
    except BaseException:
        if on_start is None:
            child.kill()
        raise
    return child


async def run_to_end(child: Child, deadline: float) -> None:
    """Wait until it has ended with success, else raise StackError; kill it if this is cancelled."""

    async def has_ended_well() -> bool:
        return child.exit_code() == 0

    try:
        await _wait(child, has_ended_well, deadline)
    finally:
        child.kill()


def death(child: Child) -> StackError:
    """Return an error that names the child, its exit code and the end of its log."""
    return _failure(child, f"ended with code {child.exit_code()}")


async def _wait(child: Child, is_done: Callable[[], Awaitable[bool]], deadline: float) -> None:
    while not await is_done():
        if child.exit_code() is not None and not await is_done():
            raise death(child)
        if time.monotonic() > deadline:
            raise _failure(child, "did not come up in time")
        await asyncio.sleep(LOOK_EVERY_S)


def _failure(child: Child, what: str) -> StackError:
    lines = "".join(f"\n    {line}" for line in child.last_errors())
    return StackError(
        f"{child.name} {what}; the end of {child.log_file}:{lines or ' (it is empty)'}"
    )
