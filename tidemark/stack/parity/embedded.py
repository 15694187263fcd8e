"""The embedded stack, in a separate data folder for one recording."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tidemark.errors import StackError
from tidemark.settings import Settings
from tidemark.stack.embedded import folder
from tidemark.stack.embedded.board import State
from tidemark.stack.embedded.secrets import with_secrets
from tidemark.stack.embedded.status import at_addresses
from tidemark.stack.parity.stack import RunningStack, inherited_environment, replay_environment

PATIENCE_S: Final = 240
_UP: Final = (State.READY, State.FINISHED)


@contextmanager
def embedded_stack(settings: Settings, recording: Path) -> Iterator[RunningStack]:
    """Yield a stack that plays the recording, then stop it; raise StackError if it does not come up."""
    with tempfile.TemporaryDirectory(prefix="tidemark-parity-") as home:
        own = settings.model_copy(
            update={"data_dir": Path(home) / "data", "jars_dir": settings.jars_dir.absolute()}
        )
        environment = (
            inherited_environment()
            | replay_environment(str(recording.absolute()))
            | {
                "TIDEMARK_DATA_DIR": str(own.data_dir),
                "TIDEMARK_JARS_DIR": str(own.jars_dir),
                "TIDEMARK_SUPERSET__PORT": "0",
            }
        )
        log_file = Path(home) / "up.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tidemark", "up"],
                cwd=home,
                env=environment,
                stdout=log,
                stderr=log,
            )
        try:
            running = _wait_until_up(process, own.data_dir, log_file)
            found = at_addresses(with_secrets(own), running)
            yield RunningStack("embedded", found, str(running.dashboards_url))
        finally:
            process.terminate()
            process.wait()


def _wait_until_up(
    process: "subprocess.Popen[bytes]", data_dir: Path, log_file: Path
) -> folder.Running:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s and process.poll() is None:
        running = folder.read(data_dir)
        if (
            running is not None
            and running.services
            and all(service.state in _UP for service in running.services)
        ):
            return running
        time.sleep(0.5)
    raise StackError(f"the embedded stack did not come up:\n{log_file.read_text()}")
