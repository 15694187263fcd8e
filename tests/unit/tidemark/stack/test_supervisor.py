"""Servers that live and die together. They are lines of shell here: what matters is when they start and end."""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from rich.console import Console
from waiting import wait_until

from tidemark.errors import StackError
from tidemark.stack.embedded.board import Board, State
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server
from tidemark.stack.embedded.supervisor import Supervisor, together


class Shell(Server):
    """Ready once it has said so; says when it is told to stop."""

    def __init__(self, name: str, folder: Path, script: str = "echo ready; wait_for_ever", *, port: int | None = None):
        self.name = name
        self.log_file = folder / f"{name}.log"
        self.port = port
        self._script = script
        self._folder = folder

    def command(self) -> list[str]:
        end = f"echo {self.name} >> {self._folder}/ended; exit 0"
        return ["sh", "-c", f"wait_for_ever() {{ while :; do sleep 0.02; done; }}; trap '{end}' TERM; {self._script}"]

    def is_ready(self, child: Child) -> bool:
        return child.has_said("ready")


def supervise(
    servers: list[Shell], live: Callable[[Supervisor, Board], Awaitable[None]], *, hurry: bool = False
) -> tuple[Board, str]:
    """Bring up and watch the servers, live with them, stop them; what the board says at the end, and said."""
    out = io.StringIO()
    board = Board([server.name for server in servers], Console(file=out, width=200))
    supervisor = Supervisor(servers, board)
    in_hurry = asyncio.Event()
    if hurry:
        in_hurry.set()

    async def run() -> None:
        watching = asyncio.create_task(supervisor.watch())
        living = asyncio.ensure_future(live(supervisor, board))
        try:
            done, _ = await asyncio.wait([watching, living], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (watching, living):
                task.cancel()
            await asyncio.gather(watching, living, return_exceptions=True)
            await supervisor.stop(in_hurry)

    try:
        asyncio.run(run())
    finally:
        for server in servers:
            pid = supervisor.pid(server)
            assert pid is None or not psutil.pid_exists(pid), f"{server.name} is left behind"
    return board, out.getvalue()


def test_servers_are_stopped_in_their_order(tmp_path: Path) -> None:
    servers = [Shell("feeds", tmp_path), Shell("works", tmp_path, port=4711), Shell("keeps", tmp_path)]

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(*(supervisor.bring_up(server) for server in servers))

    board, said = supervise(servers, live)

    assert (tmp_path / "ended").read_text().split() == ["feeds", "works", "keeps"]
    assert [board.state(server.name) for server in servers] == [State.STOPPED] * 3
    assert ", port 4711" in said


def test_the_death_of_one_ends_all_and_is_told_with_its_last_words(tmp_path: Path) -> None:
    mortal = Shell("mortal", tmp_path, "echo ready; sleep 0.3; echo 'FATAL my disk is full'; exit 9")
    other = Shell("other", tmp_path)

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(supervisor.bring_up(other), supervisor.bring_up(mortal))
        await asyncio.sleep(60)

    with pytest.raises(StackError, match=r"mortal ended with code 9; the end of .*mortal\.log:\n    FATAL my disk"):
        supervise([other, mortal], live)

    assert (tmp_path / "ended").read_text().split() == ["other"]


def test_a_server_that_dies_while_another_is_starting_ends_the_start(tmp_path: Path) -> None:
    mortal = Shell("mortal", tmp_path, "echo ready; sleep 0.3; exit 9")
    slow = Shell("slow", tmp_path, "wait_for_ever")

    async def live(supervisor: Supervisor, board: Board) -> None:
        await supervisor.bring_up(mortal)
        await supervisor.bring_up(slow)

    with pytest.raises(StackError, match="mortal ended with code 9"):
        supervise([mortal, slow], live)

    assert (tmp_path / "ended").read_text().split() == ["slow"]


def test_a_server_that_never_comes_does_not_keep_the_others(tmp_path: Path) -> None:
    broken = Shell("broken", tmp_path, "exit 1")
    slow = Shell("slow", tmp_path, "wait_for_ever")

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(supervisor.bring_up(slow), supervisor.bring_up(broken))

    with pytest.raises(StackError, match="broken ended with code 1"):
        supervise([broken, slow], live)


def test_one_that_may_finish_does_so_without_ending_the_others(tmp_path: Path) -> None:
    finite = Shell("finite", tmp_path, "echo ready; exit 0")
    finite.may_finish = True
    other = Shell("other", tmp_path)

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(supervisor.bring_up(other), supervisor.bring_up(finite))
        await asyncio.to_thread(wait_until, lambda: board.state("finite") is State.FINISHED)

    board, said = supervise([finite, other], live)

    assert board.state("finite") is State.FINISHED
    assert re.search(r"finite: finished.*, its work is done", said)
    assert (tmp_path / "ended").read_text().split() == ["other"]


def test_in_a_hurry_nobody_gets_time(tmp_path: Path) -> None:
    stubborn = Shell("stubborn", tmp_path, "trap '' TERM; echo ready; wait_for_ever")

    async def live(supervisor: Supervisor, board: Board) -> None:
        await supervisor.bring_up(stubborn)

    board, _ = supervise([stubborn], live, hurry=True)

    assert board.state("stubborn") is State.STOPPED
    assert not (tmp_path / "ended").exists()
