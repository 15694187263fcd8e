"""One MariaDB or MySQL server, whichever the machine has."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from tidemark.errors import SetupError
from tidemark.settings import MysqlSettings
from tidemark.stack import health
from tidemark.stack.embedded.ports import LOOPBACK, answers, free_port
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server

ELSEWHERE: Final = "/usr/sbin:/usr/local/sbin:/usr/libexec:/usr/local/mysql/bin"

_OPTIONS: Final = (
    f"--bind-address={LOOPBACK}",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--local-infile=0",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--max-allowed-packet=64M",
    # An acknowledged commit is on the disk: the ledger relies on it.
    "--innodb-flush-log-at-trx-commit=1",
    "--performance-schema=OFF",
    "--max-connections=100",
)


class Database(Server):
    """MariaDB or MySQL with all its files in `folder`, on a free port of loopback."""

    may_restart = True  # the jobs wait for it (spark_jobs/merging/retries.py)

    def __init__(
        self, folder: Path, *, root_password: str, log_file: Path, buffer_pool_mb: int = 512
    ) -> None:
        self._program, self._is_mariadb = find_server()
        self.name = "MariaDB" if self._is_mariadb else "MySQL"
        self.log_file = log_file
        self.port: int = free_port()
        self._folder = folder.absolute()
        self._root_password = root_password
        self._buffer_pool_mb = buffer_pool_mb

    def first_command(self) -> list[str] | None:
        if self._data.exists():
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._new_data, ignore_errors=True)
        if not self._is_mariadb:
            return [self._program, *self._identity(self._new_data), "--initialize-insecure"]
        return [
            _find("mariadb-install-db", "mysql_install_db"),
            *self._identity(self._new_data),
            "--auth-root-authentication-method=socket",
            "--auth-root-socket-user=root",
            "--skip-test-db",
            "--skip-name-resolve",
            "--force",  # also where the machine cannot look up its own name
        ]

    def adopt(self) -> None:
        self._new_data.rename(self._data)

    def command(self) -> list[str]:
        return [
            self._program,
            *self._identity(self._data),
            *_OPTIONS,
            f"--port={self.port}",
            # Relative to the data: the path of a socket may have no more than 107 bytes.
            "--socket=database.sock",
            f"--pid-file={self._folder / 'database.pid'}",
            f"--init-file={self._write_root_account()}",
            f"--innodb-buffer-pool-size={self._buffer_pool_mb}M",
            "--innodb-log-file-size=512M"
            if self._is_mariadb
            else "--innodb-redo-log-capacity=512M",
            *([] if self._is_mariadb else ["--mysqlx=OFF"]),
        ]

    def is_ready(self, child: Child) -> bool:
        if not answers(self.port):
            return False
        as_root = MysqlSettings(
            host=LOOPBACK, port=self.port, root_password=SecretStr(self._root_password)
        )
        return health.mysql_problem(as_root, "root") is None

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _new_data(self) -> Path:
        """Return where data is initialized first, so that an interrupted start leaves no half-made data."""
        return self._folder / "data.new"

    def _identity(self, data: Path) -> list[str]:
        # Not /tmp: when MariaDB starts, it deletes the temporary tables of all others with the
        # same tmpdir.
        temporary = self._folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        # Without this option the server refuses to run as root.
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        # MySQL does not start without a folder for exported files, which its core package does not
        # create.
        no_exports = [] if self._is_mariadb else ["--secure-file-priv=NULL"]
        return [
            "--no-defaults",
            f"--datadir={data}",
            f"--tmpdir={temporary}",
            *as_root,
            *no_exports,
        ]

    def _write_root_account(self) -> Path:
        """Write the SQL that the server runs before it accepts connections: root has a password from the start."""
        password = self._root_password.replace("\\", "\\\\").replace("'", "\\'")
        path = self._folder / "root.sql"
        path.touch(mode=0o600)
        path.write_text(
            f"CREATE USER IF NOT EXISTS 'root'@'{LOOPBACK}';\n"
            f"ALTER USER 'root'@'{LOOPBACK}' IDENTIFIED BY '{password}';\n"
            f"GRANT ALL PRIVILEGES ON *.* TO 'root'@'{LOOPBACK}' WITH GRANT OPTION;\n"
            f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
        )
        return path


def find_server() -> tuple[str, bool]:
    """Return the server's program, and whether it is MariaDB; raise SetupError that says what to install."""
    program = _find("mariadbd", "mysqld")
    shown = subprocess.run(
        [program, "--no-defaults", "--version"], capture_output=True, text=True, check=False
    )
    if not re.search(r"\bVer\b", shown.stdout):
        raise SetupError(
            f"{program} does not print its version ({shown.stderr.strip()[:200]}); {_HELP}"
        )
    return program, "mariadb" in shown.stdout.lower()


_HELP: Final = "`apt-get install mariadb-server-core mariadb-client-core` brings MariaDB without a system service"


def _find(*names: str) -> str:
    """Return the first of these programs that is installed, also outside a user's PATH, where servers often are."""
    for name in names:
        for path in (None, ELSEWHERE):
            if (found := shutil.which(name, path=path)) is not None:
                return found
    raise SetupError(f"no {' and no '.join(names)} on this machine; {_HELP}")
