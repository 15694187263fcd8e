"""deploy/install.sh in a folder of stand-ins: nothing is installed, and its way through is real."""

import hashlib
import os
import pty
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tidemark.stack.project import FOLDER

_ENVIRONMENTS = {
    ".venv": ["requirements.txt", "pyproject.toml"],
    ".venv-superset": ["superset/requirements.txt"],
    ".venv-tools": ["deploy/uv.txt"],
}
_PROGRAMS = {
    "java": "echo 'openjdk version \"17.0.1\"' >&2",
    "mariadbd": "",
    "mariadb-install-db": "",
    "setpriv": "",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project in which all is installed."""
    for folder in ("deploy", "superset", "programs", ".jars/spark"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(FOLDER / "deploy/install.sh", tmp_path / "deploy")
    for name, script in _PROGRAMS.items():
        _write_program(tmp_path / "programs" / name, script)
    for environment, files in _ENVIRONMENTS.items():
        for file in files:
            (tmp_path / file).touch()
        for name in ("python", "tidemark", "uv"):
            _write_program(tmp_path / environment / "bin" / name, "")
        (tmp_path / environment / ".stamp").write_text(_stamp(tmp_path))
    template = tmp_path / ".venv-superset/template"
    template.mkdir()
    (template / ".stamp").write_text(_stamp(tmp_path))
    (tmp_path / ".jars/spark/one-1.jar").write_bytes(b"jar")
    checksum = hashlib.sha256(b"jar").hexdigest()
    (tmp_path / "jars.lock").write_text(f"spark org:one:1 {checksum}\n")
    return tmp_path


def _write_program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _stamp(folder: Path) -> str:
    """Return the stamp of files that are empty."""
    return hashlib.sha256(f"{folder}\n".encode()).hexdigest()


def _install(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "deploy/install.sh"],
        cwd=project,
        env=_environment(project),
        capture_output=True,
        text=True,
        timeout=60,
    )


def _environment(project: Path) -> dict[str, str]:
    return {"PATH": f"{project / 'programs'}:{os.environ['PATH']}", "TERM": "xterm"}


def _install_on_terminal(project: Path, interrupt_at: bytes | None = None) -> tuple[int, str]:
    """Return the exit code, and what was printed; send Ctrl-C once these words are."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["bash", "deploy/install.sh"],
        cwd=project,
        env=_environment(project),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        printed = b""
        while chunk := _read(ours):
            printed += chunk
            if interrupt_at is not None and interrupt_at in printed:
                interrupt_at = None
                os.killpg(process.pid, signal.SIGINT)
    os.close(ours)
    return process.returncode, printed.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux reports so that the other side is closed
        return b""


def test_nothing_is_to_be_installed(project: Path) -> None:
    done = _install(project)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "nothing to install: all is there\n"


def test_on_a_terminal_too(project: Path) -> None:
    code, printed = _install_on_terminal(project)
    assert "nothing to install: all is there" in printed
    assert code == 0


def test_a_terminal_shows_the_step_that_runs(project: Path) -> None:
    _write_program(project / ".venv/bin/tidemark", "sleep 1")
    (project / ".jars/spark/one-1.jar").write_bytes(b"another jar")
    code, printed = _install_on_terminal(project)
    assert "s  the jars of Kafka and Spark" in printed
    assert "[6/6] the jars of Kafka and Spark: done in" in printed
    assert code == 0


def test_a_step_that_fails_fails_the_whole_and_shows_its_output(project: Path) -> None:
    _write_program(project / ".venv/bin/tidemark", "echo no network; exit 1")
    (project / ".jars/spark/one-1.jar").write_bytes(b"another jar")
    done = _install(project)
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert "install: failed: the jars of Kafka and Spark" in done.stderr


def test_a_lane_that_is_killed_between_its_steps_fails_the_whole(project: Path) -> None:
    _write_program(project / ".venv-superset/bin/python", "kill -KILL $PPID")
    done = _install(project)
    assert done.returncode == 1
    assert "nothing to install" not in done.stdout
    assert "install: a step was cut short" in done.stderr


def test_ctrl_c_ends_the_step_that_runs(project: Path) -> None:
    _write_program(project / ".venv/bin/tidemark", "echo $$ >step.pid; exec sleep 600")
    (project / ".jars/spark/one-1.jar").write_bytes(b"another jar")
    code, printed = _install_on_terminal(project, interrupt_at=b"s  the jars of Kafka and Spark")
    assert code == 130, printed
    assert "unexpected EOF" not in printed
    step = Path("/proc", (project / "step.pid").read_text().strip(), "cmdline")
    while step.exists() and b"sleep" in step.read_bytes():
        time.sleep(0.05)
