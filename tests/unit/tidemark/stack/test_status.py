"""What `tidemark status` says of servers that are not well, without asking any."""

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from tidemark.settings import Settings
from tidemark.stack.embedded import folder
from tidemark.stack.embedded import status as showing
from tidemark.stack.embedded.board import State
from tidemark.stack.embedded.ports import free_port


@pytest.fixture(autouse=True)
def no_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no database that could tell of any."""
    monkeypatch.setattr(showing, "read_progress", lambda settings: [])


def told(tmp_path: Path, *services: folder.Service) -> str:
    out = io.StringIO()
    silent = folder.Service(
        name="MariaDB", state=State.STOPPED, port=free_port(), log_file=tmp_path / "database.log"
    )
    running = folder.Running(
        pid=os.getpid(),
        started_at=datetime.now(UTC),
        source="x",
        services=[*services, silent],
    )
    with folder.claim(tmp_path):
        folder.write(tmp_path, running)
        assert not showing.status(Settings(data_dir=tmp_path), Console(file=out, width=80))
    return out.getvalue()


def test_a_producer_that_is_left_out_says_why(tmp_path: Path) -> None:
    why = "error: X refuses the token (401) (all else goes on without it; mend this, and start the stack again)"
    service = folder.Service(
        name="Producer (x)", state=State.DIED, note=why, log_file=tmp_path / "log"
    )

    assert f"\nProducer (x): {why}\n" in told(tmp_path, service)


def test_a_server_that_is_starting_is_said_to_be(tmp_path: Path) -> None:
    service = folder.Service(name="Superset", state=State.STARTING, log_file=tmp_path / "log")

    assert "\nSuperset: it is starting\n" in told(tmp_path, service)
