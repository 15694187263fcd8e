"""Servers that live and die together: brought up, watched, stopped in turn."""

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
    """Of these servers, in the order in which they are stopped.

    pause  waits so many seconds; tests hand in one that does not
    now_s  seconds on any clock that does not go back
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
        """None before it was started."""
        child = self._children.get(server.name)
        return None if child is None else child.pid

    def cut_logs(self) -> None:
        """Keep the logs of all servers within their bounds."""
        for child in list(self._children.values()):
            child.cut_log()

    async def bring_up(self, server: Server) -> None:
        """Returns once it is ready; StackError where it does not come. It is ours to stop from its
        birth on."""

        def born(child: Child) -> None:
            self._children[server.name] = child

        self._ready_since_s.pop(server.name, None)
        self._board.set(server.name, State.STARTING)
        await bring_up(server, born=born)
        self._ready_since_s[server.name] = self._now_s()
        if self._board.state(server.name) is State.STARTING:
            self._board.set(
                server.name, State.READY, "" if server.port is None else f"port {server.port}"
            )

    async def watch(self) -> None:
        """Returns never; raises the StackError of the first that ends unasked and is not started
        again."""
        await together(*(self._watch(server) for server in self._servers), _for_ever())

    async def _watch(self, server: Server) -> None:
        """Returns once it has done its work, or is left out."""
        restarts = Restarts()
        while True:
            child = await self._ended_child(server)
            if server.may_finish and child.exit_code() == 0:
                self._board.set(server.name, State.FINISHED, "its work is done")
                return
            if not await self._starts_again(server, child, restarts):
                return

    async def _ended_child(self, server: Server) -> Child:
        while (child := self._children.get(server.name)) is None or child.exit_code() is None:
            await asyncio.sleep(LOOK_EVERY_S)
        return child

    async def _starts_again(self, server: Server, child: Child, restarts: Restarts) -> bool:
        """Start it again and return True; False where it is left out. Raises its death where it may
        not be."""
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
        child.kill()  # and what it started: its workers hold its port, its JVM its memory
        await self._pause(wait_s)
        try:
            await self.bring_up(server)
        except StackError:
            self._children[
                server.name
            ].kill()  # where it never answered; its end is looked at like any other
        return True

    async def stop(self, hurry: asyncio.Event) -> None:
        """Each has its time to put its things in order, unless there is hurry."""
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
    """All at once; the first error ends the others, and is raised as it is."""
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
