"""The same posts through the embedded stack and through containers, MariaDB here and MySQL there."""

import subprocess
import sys
from pathlib import Path

from e2e.made_up import made_up

from tidemark.stack.project import FOLDER


def test_embedded_and_compose_hold_the_same_tables_and_show_the_same_charts(tmp_path: Path) -> None:
    recording = tmp_path / "posts.jsonl"
    recording.write_bytes(b"\n".join([*made_up(2_000), b"no json", b'{"data": {}}', b"[]"]))

    done = subprocess.run(
        [sys.executable, "-m", "tidemark", "parity", str(recording)],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "embedded: table rejected: 3 rows" in done.stdout
    assert done.stdout.splitlines()[-1] == "embedded and compose: all tables and charts are equal"
