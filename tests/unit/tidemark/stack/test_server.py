"""Bringing a server up, and what is told where it does not come."""

import asyncio
from pathlib import Path

import psutil
import pytest
from waiting import wait_until, wait_until_gone

from tidemark.errors import StackError
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server, bring_up


class Shell(Server):
    """One whose commands are lines of shell."""

    name = "shell"

    def __init__(self, folder: Path, *, first: str | None = None, then: str = "sleep 600") -> None:
        self.log_file = folder / "shell.log"
        self.ready_file = folder / "ready"
        self.calls: list[str] = []
        self._first = first
        self._then = then

    def first_command(self) -> list[str] | None:
        return ["sh", "-c", self._first] if self._first else None

    def adopt(self) -> None:
        self.calls.append("adopt")

    def command(self) -> list[str]:
        self.calls.append("command")
        return ["sh", "-c", self._then]

    def is_ready(self, child: Child) -> bool:
        return self.ready_file.exists()


def test_a_server_is_laid_out_adopted_started_and_ready(tmp_path: Path) -> None:
    server = Shell(
        tmp_path, first="echo laid out", then=f"echo up; touch {tmp_path}/ready; exec sleep 600"
    )

    child = asyncio.run(bring_up(server))

    assert server.calls == ["adopt", "command"]
    assert server.log_file.read_text() == "laid out\nup\n"
    assert child.exit_code() is None
    child.stop()


def test_a_server_that_cannot_be_laid_out_is_not_started(tmp_path: Path) -> None:
    server = Shell(tmp_path, first="echo 'FATAL no room'; exit 7")

    with pytest.raises(
        StackError, match=r"shell ended with code 7; the end of .*shell.log:\n +FATAL no room"
    ):
        asyncio.run(bring_up(server))

    assert server.calls == []


def test_a_server_that_dies_while_starting_tells_its_last_words(tmp_path: Path) -> None:
    server = Shell(tmp_path, then="echo 'FATAL port taken'; exit 1")

    with pytest.raises(
        StackError, match=r"shell ended with code 1; the end of .*:\n +FATAL port taken"
    ):
        asyncio.run(bring_up(server))


def test_a_server_that_never_answers_is_ended(tmp_path: Path) -> None:
    server = Shell(tmp_path, then="echo $$ ; exec sleep 600")

    with pytest.raises(StackError, match="shell did not come up in time"):
        asyncio.run(bring_up(server, patience_s=0.5))

    pid = int(server.log_file.read_text())
    wait_until_gone(lambda: psutil.pid_exists(pid))


def test_a_server_that_says_it_is_ready_and_ends_well_has_not_failed(tmp_path: Path) -> None:
    server = Shell(tmp_path, then=f"touch {tmp_path}/ready")

    child = asyncio.run(bring_up(server))

    wait_until(lambda: child.exit_code() == 0)


def test_whoever_is_told_of_a_birth_ends_the_child(tmp_path: Path) -> None:
    server = Shell(tmp_path, then="exec sleep 600")
    born: list[Child] = []

    with pytest.raises(StackError, match="shell did not come up in time"):
        asyncio.run(bring_up(server, patience_s=0.5, on_start=born.append))

    (child,) = born
    assert child.exit_code() is None
    child.kill()
