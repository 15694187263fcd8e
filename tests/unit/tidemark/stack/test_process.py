"""Child processes: stopping them, what they leave behind, what they say last."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from waiting import wait_until, wait_until_gone

from tidemark.stack.embedded.log_file import KEPT_BYTES, cut
from tidemark.stack.embedded.process import Child

SLEEP = ["sleep", "600"]


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_child_writes_to_its_log_and_is_ended_by_sigterm(tmp_path: Path) -> None:
    script = "trap 'echo bye; exit 3' TERM; echo hello; while :; do sleep 0.02; done"
    child = Child("shell", ["sh", "-c", script], log_file=tmp_path / "logs" / "shell.log")
    wait_until(lambda: "hello" in child.last_errors())

    assert child.exit_code() is None
    child.stop()

    assert child.exit_code() == 3
    assert child.log_file.read_text() == "hello\nbye\n"


def test_what_does_not_stop_is_killed_with_its_own_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "grandchild"
    script = f"trap '' TERM; sleep 600 & echo $! > {pid_file}; while :; do sleep 0.02; done"
    child = Child("stubborn", ["sh", "-c", script], log_file=tmp_path / "log")
    wait_until(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
    grandchild = int(pid_file.read_text())

    child.stop(patience_s=0.2)

    assert child.exit_code() == -signal.SIGKILL
    wait_until_gone(lambda: is_alive(grandchild))


def test_stopping_what_has_ended_does_nothing(tmp_path: Path) -> None:
    child = Child("short", ["true"], log_file=tmp_path / "log")
    wait_until(lambda: child.exit_code() is not None)

    child.stop()
    child.kill()

    assert child.exit_code() == 0


def test_a_child_is_gone_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from tidemark.stack.embedded.process import Child\n"
            f"print(Child('sleep', {SLEEP!r}, log_file=Path({str(tmp_path / 'log')!r})).pid, flush=True)\n"
            "time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child_pid = int(parent.stdout.readline())
    # The leash is put on between start and exec; the program's own name shows that it is on.
    wait_until(lambda: psutil.Process(child_pid).name() == "sleep")

    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()

    wait_until_gone(lambda: is_alive(child_pid))


def test_the_last_words_are_the_errors_of_this_run(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("ERROR of the run before\n")
    script = "echo fine; echo 'java.net.BindException: Address in use'; echo '[ERROR] Aborting'; echo bye"
    child = Child("shell", ["sh", "-c", script], log_file=log)
    wait_until(lambda: child.exit_code() is not None)

    assert child.last_errors() == ["java.net.BindException: Address in use", "[ERROR] Aborting"]


def test_the_last_words_are_the_last_lines_where_no_error_was_told(tmp_path: Path) -> None:
    child = Child("shell", ["sh", "-c", "seq 1 9; echo"], log_file=tmp_path / "log")
    wait_until(lambda: child.exit_code() is not None)

    assert child.last_errors(count=3) == ["7", "8", "9"]


def test_a_log_that_has_grown_large_is_cut_at_the_start(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_bytes(b"x" * (KEPT_BYTES + 1))

    Child("short", ["echo", "new"], log_file=log).stop()

    assert log.read_text() in ("new\n", "")
    assert (tmp_path / "kafka.log.1").stat().st_size == KEPT_BYTES + 1


def test_a_log_that_the_disk_has_no_room_to_copy_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "kafka.log"
    log.write_bytes(b"x" * (KEPT_BYTES + 1))

    def fill_the_disk(_source: Path, target: Path) -> None:
        target.write_bytes(b"x")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", fill_the_disk)

    assert not cut(log)
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [
        ("kafka.log", KEPT_BYTES + 1)
    ]


def test_a_log_is_cut_while_its_writer_goes_on(tmp_path: Path) -> None:
    log, go_on = tmp_path / "kafka.log", tmp_path / "go_on"
    log.write_text("of the run before\n" * 100)
    script = f"head -c {KEPT_BYTES} /dev/zero; while [ ! -e {go_on} ]; do sleep 0.02; done; echo ready; sleep 600"
    child = Child("talks", ["sh", "-c", script], log_file=log)
    wait_until(lambda: log.stat().st_size > KEPT_BYTES)

    child.cut_log()
    go_on.touch()
    wait_until(lambda: child.has_logged("ready"))
    child.cut_log()

    assert log.read_text() == "ready\n"
    assert [path.name for path in sorted(tmp_path.glob("kafka*"))] == ["kafka.log", "kafka.log.1"]
    assert (tmp_path / "kafka.log.1").stat().st_size == KEPT_BYTES + 1_800
    child.stop()


def test_the_last_line_is_of_this_run_and_not_blank(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("of the run before\n")
    child = Child("shell", ["sh", "-c", "echo 'ERROR one'; echo 'error: two'; echo"], log_file=log)
    silent = Child("silent", ["true"], log_file=tmp_path / "silent")
    wait_until(lambda: child.exit_code() is not None and silent.exit_code() is not None)

    assert (child.last_line(), silent.last_line()) == ("error: two", "")
