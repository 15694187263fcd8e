"""Starts processes, kills them, and starts again what has ended, as a supervisor of services
does."""

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from posts_job import PATIENCE_S, PostsJob
from waiting import wait_until

from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server, bring_up

_REST_S = 1.0


@dataclass(frozen=True)
class Running:
    """A process; `kill` is SIGKILL to all that belongs to it, and waits until it is gone."""

    is_running: Callable[[], bool]
    kill: Callable[[], None]


class Supervisor(AbstractContextManager["Supervisor"]):
    """Looks while the test waits."""

    def __init__(self) -> None:
        self.started: Counter[str] = Counter()
        """How often each was."""
        self._starts: dict[str, Callable[[], Running]] = {}
        self._running: dict[str, Running] = {}
        self._started_at_s: dict[str, float] = {}

    def __exit__(self, *exc: object) -> None:
        for running in reversed(self._running.values()):
            running.kill()

    def add(self, name: str, start: Callable[[], Running]) -> None:
        self._starts[name] = start
        self._start(name)

    def kill(self, *names: str) -> None:
        """All at once; they must be running."""
        for name in names:
            assert self._running[name].is_running(), name
            self._running[name].kill()

    def wait_until(self, condition: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> None:
        def happens() -> bool:
            self.look()
            return condition()

        wait_until(happens, patience_s=patience_s, every_s=0.1)

    def look(self) -> None:
        """What ends again and again is started once a second."""
        for name, running in self._running.items():
            if not running.is_running() and time.monotonic() - self._started_at_s[name] > _REST_S:
                self._start(name)

    def _start(self, name: str) -> None:
        self._running[name] = self._starts[name]()
        self._started_at_s[name] = time.monotonic()
        self.started[name] += 1


def program(arguments: Sequence[str], environment: Mapping[str, str], log_file: Path) -> Running:
    """Its output is added to the file."""
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            arguments, cwd=log_file.parent, env=environment, stdout=log, stderr=log
        )

    def kill() -> None:
        process.kill()
        process.wait()

    return Running(lambda: process.poll() is None, kill)


def driver(job: PostsJob) -> Running:
    return Running(job.is_running, job.kill_all)


def server(of: Server) -> Running:
    """On its own port, with what it has kept; the first time waits until it answers."""
    child = (
        asyncio.run(bring_up(of))
        if of.first_command() is not None
        else Child(of.name, of.command(), log_file=of.log_file)
    )
    return Running(lambda: child.exit_code() is None, child.kill)
