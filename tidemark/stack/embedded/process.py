"""Child processes: each has a log file, and ends when we end."""

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

_ERROR: Final = re.compile(r"\b(ERROR|FATAL|CRITICAL|Caused by|\w+Error|\w+Exception)\b")


class Child:
    """A program that we started, and its log.

    It runs in a separate session, so that Ctrl-C reaches us only and we stop the servers one by one. The kernel kills
    it when the thread that started it ends, so start it from the main thread.
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
        """Return its exit code; None while it runs, negative if a signal ended it."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Send SIGTERM, and return at once."""
        if self.exit_code() is None:
            self._process.terminate()

    def stop(self, patience_s: float = 20) -> None:
        """Send SIGTERM, and SIGKILL to it and its children if they run after patience_s."""
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience_s)
        self.kill()

    def kill(self) -> None:
        """Send SIGKILL to it and its children."""
        with suppress(ProcessLookupError):  # all have ended already
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def cut_log(self) -> None:
        """Keep its log within its bounds while it writes."""
        if log_files.cut(self.log_file):
            self._log_starts_at = 0

    def has_logged(self, words: str) -> bool:
        """Return whether these words are in its log since it was started."""
        return words in self._log_tail()

    def last_errors(self, count: int = 5) -> list[str]:
        """Return the last errors of its log since it was started; the last lines if there are no errors."""
        lines = self._lines()
        errors = [line for line in lines if _ERROR.search(line)]
        return (errors or lines)[-count:]

    def last_line(self) -> str:
        """Return the last line of its log since it was started that is not blank; "" if there is none."""
        return next(reversed(self._lines()), "")

    def _lines(self) -> list[str]:
        return [line.strip()[:300] for line in self._log_tail().splitlines() if line.strip()]

    def _log_tail(self) -> str:
        with self.log_file.open("rb") as log:
            log.seek(max(self._log_starts_at, self.log_file.stat().st_size - _READ_BYTES))
            return log.read().decode(errors="replace")


def _leash() -> list[str]:
    """Return a command that sets the kernel's parent-death signal: Python cannot safely do it after a fork."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
