"""`tidemark export --follow` as a process that is killed: each row ends in exactly one file."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from lake_tables import add, posts_table, records
from waiting import wait_until

PATIENCE_S = 60


def start(lake: Path, folder: Path) -> "subprocess.Popen[bytes]":
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")
    }
    command = [
        sys.executable,
        "-m",
        "tidemark",
        "export",
        "posts",
        "--follow",
        "--format",
        "jsonl",
        "--every",
        "10",
    ]
    return subprocess.Popen(
        [*command, "--payload", "--into", str(folder)],
        cwd=lake,
        env=environment | {"TIDEMARK_LAKE__PATH": str(lake)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def done(folder: Path) -> list[str]:
    """Names of the files that the manifest names."""
    path = folder / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)[1:] if path.exists() else []
    return [json.loads(line)["file"] for line in lines if line.endswith(b"\n")]


def test_killed_amid_its_work_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    lake, folder = tmp_path / "lake", tmp_path / "out"
    table = posts_table(lake)
    for turn in range(4):
        first = 500 * turn
        add(table, records([b"%d" % number for number in range(first, first + 500)], first=first))
        before = len(done(folder))
        process = start(lake, folder)
        wait_until(lambda before=before: len(done(folder)) > before + 5, patience_s=PATIENCE_S)  # type: ignore[misc]
        process.kill()
        process.communicate()

    process = start(lake, folder)
    wait_until(lambda: len(done(folder)) == 200, patience_s=PATIENCE_S)
    second = start(lake, folder)
    _, told = second.communicate(timeout=PATIENCE_S)
    assert (second.returncode, told.decode().count("\n")) == (1, 1)
    assert "another export follows" in told.decode()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 0
    rows = [
        json.loads(line)
        for name in done(folder)
        for line in (folder / name).read_text().splitlines()
    ]
    assert [row["value"] for row in rows] == [str(number) for number in range(2000)]
    assert {path.name for path in folder.iterdir()} == {"manifest.jsonl", *done(folder)}
