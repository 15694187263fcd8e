"""Child processes: one log file each, stopped in turn, gone when we are gone."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tidemark.stack.embedded import log_file as log_files

_READ_BYTES: Final = 256_000

_TELLS_OF_ERROR: Final = re.compile(r"\b(ERROR|FATAL|CRITICAL|Caused by|\w+Error|\w+Exception)\b")


class Child:
    """A program that we started, its log, and how to end it.

    It runs in a session of its own, so that Ctrl-C reaches us alone and we stop the servers in
    turn. It is killed by the kernel when the thread that started it ends, so start it from the main
    thread.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log_file: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.log_file = log_file
        log_file.parent.mkdir(parents=True, exist_ok=True)
        log_files.cut(log_file)
        self._log_starts_at = log_file.stat().st_size if log_file.exists() else 0
        with log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*_leash(), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative where a signal ended it."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """SIGTERM; it may take its time."""
        if self.exit_code() is None:
            self._process.terminate()

    def stop(self, patience_s: float = 20) -> None:
        """SIGTERM, then, for what is left of it and its own children after patience_s, SIGKILL."""
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience_s)
        self.kill()

    def kill(self) -> None:
        """SIGKILL for it and its own children."""
        with suppress(ProcessLookupError):  # all gone already
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def cut_log(self) -> None:
        """Keep its log within its bounds while it writes."""
        if log_files.cut(self.log_file):
            self._log_starts_at = 0

    def has_said(self, words: str) -> bool:
        """Whether its log has them since it was started."""
        return words in self._said()

    def last_words(self, count: int = 5) -> list[str]:
        """What its log tells of its end: the last errors since it was started, or else the last
        lines."""
        lines = self._lines()
        errors = [line for line in lines if _TELLS_OF_ERROR.search(line)]
        return (errors or lines)[-count:]

    def last_line(self) -> str:
        """Return the last line of its log since it was started that is not blank; "" where there is
        none."""
        return next(reversed(self._lines()), "")

    def _lines(self) -> list[str]:
        return [line.strip()[:300] for line in self._said().splitlines() if line.strip()]

    def _said(self) -> str:
        with self.log_file.open("rb") as log:
            log.seek(max(self._log_starts_at, self.log_file.stat().st_size - _READ_BYTES))
            return log.read().decode(errors="replace")


def _leash() -> list[str]:
    """The kernel's parent-death signal, set by a program: Python cannot safely do it after a
    fork."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
