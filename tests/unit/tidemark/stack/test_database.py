"""Which database server a machine has, and how it is started. The real one is tested in
tests/services."""

from pathlib import Path

import pytest

from tidemark.errors import SetupError
from tidemark.stack.embedded import database
from tidemark.stack.embedded.database import Database, find_server


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(database, "ELSEWHERE", str(folder))
    return folder


def put(folder: Path, name: str, says: str = "") -> str:
    (folder / name).write_text(f"#!/bin/sh\nprintf '%s\\n' '{says}'\n")
    (folder / name).chmod(0o755)
    return str(folder / name)


MARIADB = "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)"
MYSQL = "/usr/sbin/mysqld  Ver 9.7.4 for Linux on x86_64 (MySQL Community Server - GPL)"


def test_mariadb_comes_first(programs: Path) -> None:
    put(programs, "mysqld", MYSQL)
    mariadbd = put(programs, "mariadbd", MARIADB)

    assert find_server() == (mariadbd, True)


def test_a_mysqld_may_be_either(programs: Path) -> None:
    mysqld = put(programs, "mysqld", MYSQL)
    assert find_server() == (mysqld, False)

    put(programs, "mysqld", MARIADB)
    assert find_server() == (mysqld, True)


def test_no_server_says_what_to_install(programs: Path) -> None:
    with pytest.raises(
        SetupError,
        match=r"no mariadbd and no mysqld on this machine; .*apt-get install mariadb-server-core",
    ):
        find_server()


def test_a_program_that_is_broken_is_named(programs: Path) -> None:
    mariadbd = put(programs, "mariadbd", "cannot open shared object file")

    with pytest.raises(SetupError, match=f"{mariadbd} does not print its version"):
        find_server()


def test_mysql_is_laid_out_and_started_in_its_own_way(programs: Path, tmp_path: Path) -> None:
    mysqld = put(programs, "mysqld", MYSQL)
    server = Database(tmp_path / "data", root_password="it's", log_file=tmp_path / "log")

    assert server.name == "MySQL"
    first = server.first_command()
    assert first is not None
    assert (first[0], first[-1]) == (mysqld, "--initialize-insecure")
    assert {"--mysqlx=OFF", "--innodb-redo-log-capacity=512M"} <= set(server.command())
    root = tmp_path / "data" / "root.sql"
    assert "ALTER USER 'root'@'localhost' IDENTIFIED BY 'it\\'s';\n" in root.read_text()
    assert root.stat().st_mode & 0o777 == 0o600
