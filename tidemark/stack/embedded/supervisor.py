"""Starts servers, watches and restarts them, and stops them one by one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

from tidemark.errors import EX_CONFIG, StackError
from tidemark.stack.embedded.board import Board, State
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.restarts import TRIES, Restarts
from tidemark.stack.embedded.server import LOOK_EVERY_S, Server, bring_up, death

PATIENCE_S: Final = 30


class Supervisor:
    """Supervises these servers, given in the order in which they are stopped.

    pause  waits for a number of seconds; tests pass one that does not
    now_s  seconds of a monotonic clock
    """

    def __init__(
        self,
        servers: Sequence[Server],
        board: Board,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers = servers
        self._board = board
        self._children: dict[str, Child] = {}
        self._ready_since_s: dict[str, float] = {}
        self._pause = pause
        self._now_s = now_s

    def pid(self, server: Server) -> int | None:
        """Return the server's pid; None before it was started."""
        child = self._children.get(server.name)
        return None if child is None else child.pid

    def cut_logs(self) -> None:
        """Truncate the logs of all servers that are too large."""
        for child in list(self._children.values()):
            child.cut_log()

    async def bring_up(self, server: Server) -> None:
        """Start the server and wait until it is ready; raise StackError if it fails. stop() stops it in any case."""

        def remember(child: Child) -> None:
            self._children[server.name] = child

        self._ready_since_s.pop(server.name, None)
        self._board.set(server.name, State.STARTING)
        await bring_up(server, on_start=remember)
        self._ready_since_s[server.name] = self._now_s()
        if self._board.state(server.name) is State.STARTING:
            self._board.set(
                server.name, State.READY, "" if server.port is None else f"port {server.port}"
            )

    async def watch(self) -> None:
        """Watch all servers for ever; raise the StackError of the first that ends by itself and is not restarted."""
        await together(*(self._watch(server) for server in self._servers), _for_ever())

    async def _watch(self, server: Server) -> None:
        """Watch and restart a server until it has finished, or is left out."""
        restarts = Restarts()
        while True:
            child = await self._ended_child(server)
            if server.may_finish and child.exit_code() == 0:
                self._board.set(server.name, State.FINISHED, "its work is done")
                return
            if not await self._restart(server, child, restarts):
                return

    async def _ended_child(self, server: Server) -> Child:
        while (child := self._children.get(server.name)) is None or child.exit_code() is None:
            await asyncio.sleep(LOOK_EVERY_S)
        return child

    async def _restart(self, server: Server, child: Child, restarts: Restarts) -> bool:
        """Restart a server that has ended; return False if it is left out. Raise StackError if neither is possible."""
        exit_code = child.exit_code() or 0
        ready_since_s = self._ready_since_s.get(server.name)
        if exit_code == EX_CONFIG and server.may_be_left_out:
            what = "all else goes on without it; mend this, and start the stack again"
            self._board.set(server.name, State.DIED, f"{child.last_line()} ({what})")
            return False
        was_ready = restarts.tries > 0 or ready_since_s is not None
        up_s = 0.0 if ready_since_s is None else self._now_s() - ready_since_s
        wait_s = restarts.wait_s(exit_code, up_s) if server.may_restart and was_ready else None
        if wait_s is None:
            self._board.set(server.name, State.DIED)
            raise death(child)
        again = f"it is started again in {wait_s:.0f} s, try {restarts.tries} of {TRIES}"
        self._board.set(server.name, State.DIED, f"code {exit_code}; {again}: {child.last_line()}")
        child.kill()  # and its children: workers would keep the port, a JVM the memory
        await self._pause(wait_s)
        try:
            await self.bring_up(server)
        except StackError:
            # If it never became ready, its end is handled like any other.
            self._children[server.name].kill()
        return True

    async def stop(self, hurry: asyncio.Event) -> None:
        """Stop the servers one by one; each has PATIENCE_S to end in order, unless `hurry` is set."""
        for server in self._servers:
            child = self._children.get(server.name)
            if child is None:
                continue
            is_alive = child.exit_code() is None
            if is_alive:
                self._board.set(server.name, State.STOPPING)
                child.ask_to_stop()
                await _ended(child, hurry)
            child.kill()
            if is_alive:
                self._board.set(server.name, State.STOPPED)


async def together(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all at once; the first error cancels the others, and is raised as it is."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _ended(child: Child, hurry: asyncio.Event) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while child.exit_code() is None and time.monotonic() < deadline and not hurry.is_set():
        await asyncio.sleep(LOOK_EVERY_S / 2)
