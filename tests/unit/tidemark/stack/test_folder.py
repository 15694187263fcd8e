"""The data folder: one stack at a time, and what others see of it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tidemark.errors import SetupError, StackError
from tidemark.stack.embedded.folder import (
    Running,
    Service,
    check_room,
    claim,
    is_claimed,
    read,
    write,
)

RUNNING = Running(
    pid=4711,
    started_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
    source="sample",
    services=[
        Service(name="Kafka", state="ready", pid=4712, port=20001, log_file=Path("/x/kafka.log"))
    ],
)


@contextmanager
def another_process_claims(folder: Path) -> Iterator[subprocess.Popen[str]]:
    code = (
        "import sys, time; from pathlib import Path; from tidemark.stack.embedded.folder import *\n"
        f"with claim(Path({str(folder)!r})):\n"
        f"    write(Path({str(folder)!r}), Running.model_validate_json({RUNNING.model_dump_json()!r}))\n"
        "    print('claimed', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "claimed\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_stack_in_the_same_folder_is_told_who_runs(tmp_path: Path) -> None:
    with another_process_claims(tmp_path), pytest.raises(StackError) as raised, claim(tmp_path):
        pass

    assert str(raised.value) == (
        f"a stack runs in {tmp_path} already (pid 4711, since 2026-11-21 09:30 UTC); "
        "see `tidemark status`, or stop it with `tidemark down`"
    )


def test_others_read_what_runs(tmp_path: Path) -> None:
    with another_process_claims(tmp_path):
        assert read(tmp_path) == RUNNING


def test_what_a_killed_stack_left_behind_is_seen_through(tmp_path: Path) -> None:
    with another_process_claims(tmp_path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    assert (tmp_path / "stack.json").exists()
    assert read(tmp_path) is None
    assert not is_claimed(tmp_path)
    with claim(tmp_path):
        assert is_claimed(tmp_path)
        assert read(tmp_path) is None


def test_nothing_runs_where_nothing_ever_ran(tmp_path: Path) -> None:
    assert read(tmp_path / "nowhere") is None
    assert not is_claimed(tmp_path / "nowhere")


def test_a_folder_is_free_again_afterwards_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with claim(folder):
        write(folder, RUNNING)
        assert read(folder) == RUNNING

    assert read(folder) is None
    assert folder.stat().st_mode & 0o777 == 0o700
    with claim(folder):
        pass


def test_a_full_disk_is_told_with_what_is_free_and_needed(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free

    with pytest.raises(
        SetupError,
        match=r"only [\d,]+ MB are free where .* is, and the stack needs [\d,]+; make room",
    ):
        check_room(tmp_path, needed_bytes=2 * free)

    check_room(tmp_path, needed_bytes=free // 2)
