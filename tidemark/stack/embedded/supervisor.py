"""Servers that live and die together: brought up, watched, stopped in turn."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from tidemark.stack.embedded.board import Board, State
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import LOOK_EVERY_S, Server, bring_up, death

PATIENCE_S: Final = 30


class Supervisor:
    """Of these servers, in the order in which they are stopped."""

    def __init__(self, servers: Sequence[Server], board: Board) -> None:
        self._servers = servers
        self._board = board
        self._children: dict[str, Child] = {}

    def pid(self, server: Server) -> int | None:
        """None before it was started."""
        child = self._children.get(server.name)
        return None if child is None else child.pid

    async def bring_up(self, server: Server) -> None:
        """Returns once it is ready; StackError where it does not come. It is ours to stop from its birth on."""

        def born(child: Child) -> None:
            self._children[server.name] = child

        self._board.set(server.name, State.STARTING)
        await bring_up(server, born=born)
        if self._board.state(server.name) is State.STARTING:
            self._board.set(server.name, State.READY, "" if server.port is None else f"port {server.port}")

    async def watch(self) -> None:
        """Returns never; raises the StackError of the first that ends unasked, be it in the midst of starting."""
        while True:
            for server in self._servers:
                self._look_at(server)
            await asyncio.sleep(LOOK_EVERY_S)

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

    def _look_at(self, server: Server) -> None:
        child = self._children.get(server.name)
        if child is None or child.exit_code() is None or self._board.state(server.name) is State.FINISHED:
            return
        if not (server.may_finish and child.exit_code() == 0):
            self._board.set(server.name, State.DIED)
            raise death(child)
        self._board.set(server.name, State.FINISHED, "its work is done")


async def together(*parts: Coroutine[Any, Any, None]) -> None:
    """All at once; the first error ends the others, and is raised as it is."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ended(child: Child, hurry: asyncio.Event) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while child.exit_code() is None and time.monotonic() < deadline and not hurry.is_set():
        await asyncio.sleep(LOOK_EVERY_S / 2)
