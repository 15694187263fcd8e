"""`tidemark parity` as people run it, on posts of which three cannot be read."""

import os
import subprocess
import sys
from pathlib import Path

from e2e.made_up import made_up

from tidemark.stack.project import FOLDER


def run_parity(
    folder: Path, *launchers: str, patience_s: float = 900, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """To its end; the recording is kept in the folder."""
    recording = folder / "posts.jsonl"
    recording.write_bytes(
        b"\n".join([*made_up(2_000), b"no json", b'{"data": {}}', b'{"no": "post"}'])
    )
    through = [f"--through={launcher}" for launcher in launchers]
    return subprocess.run(
        [sys.executable, "-m", "tidemark", "parity", str(recording), *through],
        cwd=FOLDER,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=patience_s,
    )
