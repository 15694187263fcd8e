"""What every server of the embedded stack offers, and how one is brought up."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path

from tidemark.errors import StackError
from tidemark.stack.embedded.process import Child

LOOK_EVERY_S = 0.1


class Server(ABC):
    """A server with files and a port of its own. It starts nothing itself: it says what to start.

    name         as people know it
    log_file     all that it prints
    port         on loopback; None where it takes no connections
    environment  of its process; None is ours
    may_finish   whether it may come to a good end by itself
    may_restart  whether it is started again where it ends otherwise, once it was ready (restarts.py)
    may_be_left_out  whether the others go on without it where it ends and only a person can help
    """

    name: str
    log_file: Path
    port: int | None = None
    environment: dict[str, str] | None = None
    may_finish: bool = False
    may_restart: bool = False
    may_be_left_out: bool = False

    def first_command(self) -> list[str] | None:
        """Lays out an empty folder; None where there is nothing to lay out."""
        return None

    def adopt(self) -> None:  # noqa: B027 - most have nothing to do
        """Called once first_command ended well."""

    @abstractmethod
    def command(self) -> list[str]:
        """Runs in the foreground."""

    @abstractmethod
    def is_ready(self, child: Child) -> bool:
        """A real question to the server, answered in some seconds at most. Never raises."""


async def bring_up(
    server: Server, *, patience_s: float = 180, born: Callable[[Child], None] | None = None
) -> Child:
    """Lay out the folder where it is new, start, wait for an answer; StackError if none comes.

    born  told of the server's process as soon as there is one: from then on it is the caller's to stop
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
    if born is not None:
        born(child)
    try:
        await _wait(child, lambda: asyncio.to_thread(server.is_ready, child), deadline)
    except BaseException:
        if born is None:
            child.kill()
        raise
    return child


async def run_to_end(child: Child, deadline: float) -> None:
    """Wait until it has ended well; StackError if it ends otherwise. It is killed when this is
    cancelled."""

    async def has_ended_well() -> bool:
        return child.exit_code() == 0

    try:
        await _wait(child, has_ended_well, deadline)
    finally:
        child.kill()


def death(child: Child) -> StackError:
    """Tells which child ended, how, and the end of its log."""
    return _failure(child, f"ended with code {child.exit_code()}")


async def _wait(child: Child, is_done: Callable[[], Awaitable[bool]], deadline: float) -> None:
    while not await is_done():
        if child.exit_code() is not None and not await is_done():
            raise death(child)
        if time.monotonic() > deadline:
            raise _failure(child, "did not come up in time")
        await asyncio.sleep(LOOK_EVERY_S)


def _failure(child: Child, what: str) -> StackError:
    lines = "".join(f"\n    {line}" for line in child.last_words())
    return StackError(
        f"{child.name} {what}; the end of {child.log_file}:{lines or ' (it is empty)'}"
    )
