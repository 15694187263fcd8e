"""A job as a process, with all that it starts: a JVM, and the JVM's Python workers."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil
from waiting import wait_until, wait_until_gone

PATIENCE_S = 120


class PostsJob:
    """`python -m spark_jobs.posts_job` in a session of its own, so that we can tell what belongs to
    it.

    `name` is that of another job; "all" is all of them in one driver.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, name: str = "posts") -> None:
        self._log_file = folder / f"{name}_job.log"
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "spark_jobs.all_jobs" if name == "all" else f"spark_jobs.{name}_job",
                ],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log(self) -> str:
        return self._log_file.read_text(errors="replace")

    def errors(self) -> list[str]:
        """What it logged as an error, without the time; a traceback is one as well."""
        lines = [
            line
            for line in self.log().splitlines()
            if re.match(r"Traceback|\S+ (ERROR|CRITICAL) ", line)
        ]
        return [line.split(" ", 1)[-1] for line in lines]

    def is_running(self) -> bool:
        return self._process.poll() is None

    def has_logged(self, words: str) -> bool:
        """Whether it logged them so far; fails where it has ended without."""
        was_running, log = self.is_running(), self.log()
        assert was_running or words in log, f"the job ended without saying {words!r}:\n{log}"
        return words in log

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.has_logged("job ready"), patience_s=PATIENCE_S)

    def wait(self, patience_s: float = PATIENCE_S) -> int:
        """Its exit code."""
        return self._process.wait(patience_s)

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def send_signal_to_all(self, number: signal.Signals) -> None:
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self) -> None:
        """SIGTERM; it must end well and leave nothing behind."""
        self.send_signal(signal.SIGTERM)
        assert self.wait(30) == 0, self.log()
        wait_until_gone(self.processes, within_s=10)

    def kill_driver(self) -> None:
        """SIGKILL to the Python process alone: what it started has to notice by itself."""
        self._process.kill()
        self._process.wait()

    def kill_all(self) -> None:
        """SIGKILL to everything at once, and wait until it is gone."""
        self.send_signal_to_all(signal.SIGKILL)
        self._process.wait()
        wait_until_gone(self.processes)

    def processes(self) -> list[int]:
        """All of its session that are alive."""
        return [pid for pid in psutil.pids() if _is_alive_in(pid, session=self._process.pid)]


def _is_alive_in(pid: int, *, session: int) -> bool:
    try:
        return os.getsid(pid) == session and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
