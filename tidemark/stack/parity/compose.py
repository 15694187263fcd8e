"""The stack of docker-compose.yml, brought up for one recording in a project of its own."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from tidemark.errors import SetupError, StackError
from tidemark.settings import Settings
from tidemark.stack.embedded.ports import LOOPBACK, free_port
from tidemark.stack.parity.stack import RunningStack, replay_environment
from tidemark.stack.project import FOLDER

UP_WITHIN_S: Final = 600


@contextmanager
def compose_stack(settings: Settings, recording: Path) -> Iterator[RunningStack]:
    """It plays the recording, and is taken away with its volumes; StackError where it does not come up."""
    mysql_port, superset_port = free_port(), free_port()
    others = {name: value for name, value in os.environ.items() if not name.upper().startswith("TIDEMARK_")}
    project = f"tidemark-parity-{secrets.token_hex(4)}"
    # Compose mounts a file below the folder of docker-compose.yml, and no other.
    lent = FOLDER / ".tidemark" / f"{project}{''.join(recording.suffixes[-2:])}"
    lent.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(recording, lent)
    environment = (
        others
        | replay_environment(lent.relative_to(FOLDER))
        | {
            "COMPOSE_PROJECT_NAME": project,
            "KAFKA_PORT": str(free_port()),
            "TIDEMARK_MYSQL__PORT": str(mysql_port),
            "TIDEMARK_SUPERSET__PORT": str(superset_port),
        }
    )
    try:
        _compose(environment, "up", "--detach", "--build", "--wait", f"--wait-timeout={UP_WITHIN_S}")
        reader, viewer = (
            SecretStr(_compose(environment, "exec", "-T", "superset", "cat", f"/run/tidemark/{file}"))
            for file in ("MYSQL_PASSWORD", "SUPERSET_VIEWER_PASSWORD")
        )
        yield RunningStack(
            "compose",
            settings.model_copy(
                update={
                    "mysql": settings.mysql.model_copy(
                        update={"host": LOOPBACK, "port": mysql_port, "reader_password": reader}
                    ),
                    "superset": settings.superset.model_copy(update={"viewer_password": viewer}),
                }
            ),
            f"http://{LOOPBACK}:{superset_port}",
        )
    finally:
        _compose(environment, "down", "--volumes", "--timeout=30")
        lent.unlink()


def _compose(environment: Mapping[str, str], *arguments: str) -> str:
    """What it printed; StackError with the end of what it said where it fails."""
    try:
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=FOLDER,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise SetupError(
            "no `docker` on the PATH; install Docker with Compose, or leave out --through compose"
        ) from None
    if done.returncode != 0:
        told = "".join(f"\n    {line}" for line in done.stderr.strip().splitlines()[-12:])
        raise StackError(f"`docker compose {arguments[0]}` failed:{told}")
    return done.stdout
