"""Servers that live and die together. They are lines of shell here: what matters is when they start
and end."""

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from rich.console import Console
from waiting import wait_until, wait_until_gone

from tidemark.errors import StackError
from tidemark.stack.embedded.board import Board, State
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server
from tidemark.stack.embedded.supervisor import Supervisor, together


class Shell(Server):
    """Ready once it has said so; says when it is told to stop."""

    def __init__(
        self,
        name: str,
        folder: Path,
        script: str = "echo ready; wait_for_ever",
        *,
        port: int | None = None,
    ):
        self.name = name
        self.log_file = folder / f"{name}.log"
        self.port = port
        self._script = script
        self._folder = folder

    def command(self) -> list[str]:
        end = f"echo {self.name} >> {self._folder}/ended; exit 0"
        return [
            "sh",
            "-c",
            f"wait_for_ever() {{ while :; do sleep 0.02; done; }}; trap '{end}' TERM; {self._script}",
        ]

    def is_ready(self, child: Child) -> bool:
        return child.has_logged("ready")


def supervise(
    servers: list[Shell],
    live: Callable[[Supervisor, Board], Awaitable[None]],
    *,
    hurry: bool = False,
    pauses_s: list[float] | None = None,
) -> tuple[Board, str]:
    """Bring up and watch the servers, live with them, stop them; what the board says at the end,
    and said.

    pauses_s  takes what would have been waited before servers were started again; no time passes meanwhile
    """

    async def pause(seconds: float) -> None:
        (pauses_s if pauses_s is not None else []).append(seconds)

    out = io.StringIO()
    board = Board([server.name for server in servers], Console(file=out, width=40))
    supervisor = Supervisor(servers, board, pause=pause, now_s=lambda: 0.0)
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
    servers = [
        Shell("feeds", tmp_path),
        Shell("works", tmp_path, port=4711),
        Shell("keeps", tmp_path),
    ]

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(*(supervisor.bring_up(server) for server in servers))

    board, said = supervise(servers, live)

    assert (tmp_path / "ended").read_text().split() == ["feeds", "works", "keeps"]
    assert [board.state(server.name) for server in servers] == [State.STOPPED] * 3
    assert ", port 4711" in said


def test_the_death_of_one_ends_all_and_is_told_with_its_last_words(tmp_path: Path) -> None:
    mortal = Shell(
        "mortal", tmp_path, "echo ready; sleep 0.3; echo 'FATAL my disk is full'; exit 9"
    )
    other = Shell("other", tmp_path)

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(supervisor.bring_up(other), supervisor.bring_up(mortal))
        await asyncio.sleep(60)

    with pytest.raises(
        StackError, match=r"mortal ended with code 9; the end of .*mortal\.log:\n    FATAL my disk"
    ):
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


def may_restart(server: Shell) -> Shell:
    server.may_restart = True
    return server


def test_one_that_may_restart_comes_back_and_the_others_notice_nothing(tmp_path: Path) -> None:
    again = f"echo ready; [ -e {tmp_path}/died ] && wait_for_ever; touch {tmp_path}/died"
    script = f"{again}; sleep 600 & echo $! > {tmp_path}/worker; sleep 0.3; exit 9"
    mortal, other = may_restart(Shell("mortal", tmp_path, script)), Shell("other", tmp_path)
    pids: list[int | None] = []
    pauses_s: list[float] = []

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(supervisor.bring_up(other), supervisor.bring_up(mortal))
        pids.extend((supervisor.pid(mortal), supervisor.pid(other)))
        await asyncio.to_thread(
            wait_until,
            lambda: supervisor.pid(mortal) != pids[0] and board.state("mortal") is State.READY,
        )
        pids.extend((supervisor.pid(mortal), supervisor.pid(other)))

    _, said = supervise([mortal, other], live, pauses_s=pauses_s)

    assert (pids[0] == pids[2], pids[1] == pids[3]) == (False, True)
    assert pauses_s == [1]
    assert "mortal: died, code 9; it is started again in 1 s, try 1 of 5: ready\n" in said
    worker = int((tmp_path / "worker").read_text())
    wait_until_gone(
        lambda: (
            psutil.pid_exists(worker) and psutil.Process(worker).status() != psutil.STATUS_ZOMBIE
        )
    )


def test_one_that_ends_again_and_again_ends_all_with_its_last_words(tmp_path: Path) -> None:
    mortal = may_restart(
        Shell("mortal", tmp_path, "echo ready; sleep 0.2; echo 'FATAL no luck'; exit 9")
    )
    other = Shell("other", tmp_path)
    pauses_s: list[float] = []

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(supervisor.bring_up(other), supervisor.bring_up(mortal))
        await asyncio.sleep(60)

    with pytest.raises(
        StackError, match=r"mortal ended with code 9; the end of .*mortal\.log:\n    FATAL no luck"
    ):
        supervise([mortal, other], live, pauses_s=pauses_s)

    assert pauses_s == [1, 2, 4, 8, 16]


def test_one_that_does_not_come_up_again_is_tried_as_often(tmp_path: Path) -> None:
    script = (
        f"[ -e {tmp_path}/died ] && exit 8; echo ready; touch {tmp_path}/died; sleep 0.2; exit 9"
    )
    mortal = may_restart(Shell("mortal", tmp_path, script))
    pauses_s: list[float] = []

    async def live(supervisor: Supervisor, board: Board) -> None:
        await supervisor.bring_up(mortal)
        await asyncio.sleep(60)

    with pytest.raises(StackError, match="mortal ended with code 8"):
        supervise([mortal], live, pauses_s=pauses_s)

    assert pauses_s == [1, 2, 4, 8, 16]


def test_one_that_does_not_come_up_the_first_time_is_not_tried_again(tmp_path: Path) -> None:
    pauses_s: list[float] = []

    async def live(supervisor: Supervisor, board: Board) -> None:
        await supervisor.bring_up(broken)

    broken = may_restart(Shell("broken", tmp_path, "exit 1"))
    with pytest.raises(StackError, match="broken ended with code 1"):
        supervise([broken], live, pauses_s=pauses_s)

    assert pauses_s == []


def test_one_that_needs_a_person_ends_all_at_once(tmp_path: Path) -> None:
    strict = may_restart(
        Shell("strict", tmp_path, "echo ready; sleep 0.2; echo 'ERROR a gap'; exit 78")
    )
    pauses_s: list[float] = []

    async def live(supervisor: Supervisor, board: Board) -> None:
        await supervisor.bring_up(strict)
        await asyncio.sleep(60)

    with pytest.raises(
        StackError, match=r"strict ended with code 78; the end of .*:\n    ERROR a gap"
    ):
        supervise([strict], live, pauses_s=pauses_s)

    assert pauses_s == []


def test_all_goes_on_without_one_that_may_be_left_out_and_needs_a_person(tmp_path: Path) -> None:
    strict = may_restart(
        Shell("strict", tmp_path, "echo ready; sleep 0.2; echo 'error: mend the token'; exit 78")
    )
    strict.may_be_left_out = True
    other = Shell("other", tmp_path)

    async def live(supervisor: Supervisor, board: Board) -> None:
        await together(supervisor.bring_up(other), supervisor.bring_up(strict))
        await asyncio.to_thread(wait_until, lambda: board.state("strict") is State.DIED)

    board, said = supervise([strict, other], live)

    what = (
        "error: mend the token (all else goes on without it; mend this, and start the stack again)"
    )
    assert board.note("strict") == what
    assert f"strict: died, {what}\n" in said
    assert (tmp_path / "ended").read_text().split() == ["other"]
