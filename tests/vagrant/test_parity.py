"""The same posts through the embedded stack and through a machine, MariaDB of two versions."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from e2e.made_up import made_up

from tidemark.stack.project import FOLDER


def test_embedded_and_vagrant_hold_the_same_tables_and_show_the_same_charts(tmp_path: Path) -> None:
    recording = tmp_path / "posts.jsonl"
    recording.write_bytes(b"\n".join([*made_up(2_000), b"no json", b'{"data": {}}', b"[]"]))
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(Path(__file__).parent / "user.Vagrantfile", home / "Vagrantfile")

    done = subprocess.run(
        [sys.executable, "-m", "tidemark", "parity", str(recording), "--through", "embedded", "--through", "vagrant"],
        cwd=FOLDER,
        env=os.environ | {"VAGRANT_HOME": str(home), "VAGRANT_DEFAULT_PROVIDER": "docker"},
        capture_output=True,
        text=True,
        check=False,
        timeout=1500,
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.splitlines()[-1] == "embedded and vagrant: all tables and charts are equal"
