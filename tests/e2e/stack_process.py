"""`tidemark up` as people run it: a process of its own, in a data folder of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from pydantic import SecretStr

from tidemark import mysql
from tidemark.settings import MysqlSettings
from tidemark.stack.embedded import folder
from tidemark.stack.superset_api import SupersetApi

PATIENCE_S = 240


class StackProcess:
    """Nothing runs until start(); settings are given as environment variables."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.data_dir = home / "data"
        self._output = home / "up.txt"
        others = {
            name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")
        }
        self.environment = others | {
            "TIDEMARK_DATA_DIR": str(self.data_dir),
            "TIDEMARK_JARS_DIR": str(folder_of_project() / ".jars"),
            "TIDEMARK_SUPERSET__PORT": "0",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.started_s = 0.0

    def start(self) -> None:
        self.started_s = time.monotonic()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                self._command("up"),
                env=self.environment,
                cwd=self.home,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another `tidemark` command on the same folder, to its end."""
        return subprocess.run(
            self._command(*arguments),
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    def output(self) -> str:
        return self._output.read_text()

    def wait_for_output(self, pattern: str) -> None:
        """AssertionError with all that it said where it ends or says other things only."""
        deadline = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.output()):
            assert self.exit_code() is None, f"it ended with {self.exit_code()}:\n{self.output()}"
            assert time.monotonic() < deadline, f"it never said {pattern!r}:\n{self.output()}"
            time.sleep(0.05)

    def wait_until_up(self) -> None:
        """It has told that it is up, to the last line of that."""
        self.wait_for_output(r"Tidemark is up after(.|\n)+Ctrl-C stops all")

    def running(self) -> folder.Running:
        """What it tells others; it does so every other second."""
        found = folder.read(self.data_dir)
        assert found is not None, self.output()
        return found

    def service(self, name: str) -> folder.Service:
        (found,) = (service for service in self.running().services if service.name == name)
        return found

    def secret(self, name: str) -> str:
        text = (self.data_dir / "secrets.env").read_text()
        (value,) = re.findall(rf"^TIDEMARK_{name}=(.+)$", text, re.MULTILINE)
        return str(value)

    def superset(self, user: str = "viewer") -> SupersetApi:
        url = self.running().dashboards_url
        assert url is not None
        return SupersetApi(
            url, user=user, password=self.secret(f"SUPERSET__{user.upper()}_PASSWORD")
        )

    def count_rows(self, table: str) -> int:
        """As a reader sees it."""
        return self.ask_number(f"SELECT COUNT(*) FROM {table}")

    def ask_number(self, question: str) -> int:
        (port,) = (
            service.port
            for service in self.running().services
            if service.name in ("MariaDB", "MySQL")
        )
        assert port is not None
        settings = MysqlSettings(
            port=port, reader_password=SecretStr(self.secret("MYSQL__READER_PASSWORD"))
        )
        with mysql.connect(settings, "reader") as connection, connection.cursor() as cursor:
            cursor.execute(question)
            (number,) = cursor.fetchone()
        return int(number)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def wait(self) -> int:
        """Its exit code, once it has ended by itself."""
        assert self._process is not None
        return self._process.wait(PATIENCE_S)

    def stop(self) -> None:
        """Ctrl-C where it still runs; nothing where it does not."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self.wait()

    def processes(self) -> list[psutil.Process]:
        """Every process of this stack, found by what it was given and not by who its parent is."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            given = [*process.cmdline(), *process.environ().values(), process.cwd()]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False
        return any(str(self.data_dir) in text for text in given)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tidemark", *arguments]


def folder_of_project() -> Path:
    return Path(__file__).resolve().parents[2]
