"""The stack of docker-compose.yml, alone or as a cluster, in a separate Compose project for one recording."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from tidemark.settings import Settings, variable
from tidemark.stack.embedded.ports import free_port
from tidemark.stack.parity.command import run
from tidemark.stack.parity.stack import (
    RunningStack,
    as_found,
    inherited_environment,
    replay_environment,
)
from tidemark.stack.project import FOLDER

UP_WITHIN_S: Final = 600
_FILES: Final = {
    "compose": ("docker-compose.yml",),
    "cluster": ("docker-compose.yml", "docker-compose.cluster.yml"),
}
_MYSQL_PORT: Final = variable("mysql", "port")
_SUPERSET_PORT: Final = variable("superset", "port")
_READER_PASSWORD: Final = f"/run/tidemark/{variable('mysql', 'reader_password')}"
_PORTS: Final = (
    "KAFKA_PORT",
    "KAFKA_2_PORT",
    "KAFKA_3_PORT",
    "SPARK_UI_PORT",
    _MYSQL_PORT,
    _SUPERSET_PORT,
)


@contextmanager
def compose_stack(
    settings: Settings, recording: Path, launcher: str = "compose"
) -> Iterator[RunningStack]:
    """Yield a stack that plays the recording, then remove it with its volumes; raise StackError if it fails."""
    ports = {name: free_port() for name in _PORTS}
    project = f"tidemark-parity-{secrets.token_hex(4)}"
    # Compose mounts only files below the folder of docker-compose.yml.
    copy = FOLDER / ".tidemark" / f"{project}{''.join(recording.suffixes[-2:])}"
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(recording, copy)
    environment = (
        inherited_environment()
        | replay_environment(str(copy.relative_to(FOLDER)))
        | {"COMPOSE_PROJECT_NAME": project, "COMPOSE_FILE": ":".join(_FILES[launcher])}
        | {name: str(port) for name, port in ports.items()}
    )

    def compose(arguments: Sequence[str]) -> str:
        return run(["docker", "compose", *arguments], environment)

    try:
        compose(["up", "--detach", "--build", "--wait", f"--wait-timeout={UP_WITHIN_S}"])
        reader = compose(
            ["run", "--rm", "--no-deps", "-T", "--entrypoint=cat", "mysql-cli", _READER_PASSWORD]
        )
        viewer = compose(
            ["exec", "-T", "superset", "cat", "/run/tidemark/SUPERSET_VIEWER_PASSWORD"]
        )
        yield as_found(
            launcher,
            settings,
            mysql_port=ports[_MYSQL_PORT],
            superset_port=ports[_SUPERSET_PORT],
            reader_password=SecretStr(reader),
            viewer_password=SecretStr(viewer),
        )
    finally:
        compose(["down", "--volumes", "--timeout=30"])
        copy.unlink()
