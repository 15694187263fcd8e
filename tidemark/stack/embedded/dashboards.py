"""Superset under gunicorn, with its metadata in SQLite, in a separate Python environment."""

import re
from pathlib import Path

from tidemark.errors import SetupError
from tidemark.settings import Settings, require
from tidemark.stack import health
from tidemark.stack.embedded.ports import LOOPBACK, answers, free_port, is_free
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server
from tidemark.stack.project import FOLDER, SUPERSET
from tidemark.stack.superset_environment import superset_environment


class Dashboards(Server):
    """Superset; it loads the assets of superset/ when it starts, in the same process."""

    name = "Superset"
    may_restart = True

    def __init__(self, folder: Path, *, settings: Settings, port: int, log_file: Path) -> None:
        self.log_file = log_file
        self.port: int = port
        self.environment = superset_environment(settings, folder.absolute())
        self._gunicorn = FOLDER / ".venv-superset" / "bin" / "gunicorn"
        if not self._gunicorn.exists():
            raise SetupError("Superset is not installed (.venv-superset); run `make install`")
        self._viewer_password = require(
            settings.superset.viewer_password, "superset", "viewer_password"
        )

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def command(self) -> list[str]:
        return [
            str(self._gunicorn),
            f"--config={SUPERSET / 'gunicorn.conf.py'}",
            f"--bind={LOOPBACK}:{self.port}",
        ]

    def is_ready(self, child: Child) -> bool:
        return (
            answers(self.port)
            and health.superset_problem(self.url, user="viewer", password=self._viewer_password)
            is None
        )


def choose_port(settings: Settings) -> int:
    """Return the port of the settings, or a free one if the default is taken; raise SetupError if a set one is."""
    port = settings.superset.port
    if port == 0:
        return free_port()
    if is_free(port):
        return port
    if "port" in settings.superset.model_fields_set:
        raise SetupError(
            f"port {port} is used by another program; set TIDEMARK_SUPERSET__PORT to a free one, or to 0 for any"
        )
    return free_port()


def dashboard_paths() -> list[str]:
    """Return the paths of all dashboards of superset/assets on Superset; that of posts comes first."""
    slugs: list[str] = []
    for file in sorted((SUPERSET / "assets" / "dashboards").glob("*.yaml")):
        slugs += re.findall(r"^slug: *['\"]?([\w-]+)", file.read_text(), re.MULTILINE)
    return [
        f"/superset/dashboard/{slug}/"
        for slug in sorted(slugs, key=lambda slug: (slug != "tidemark", slug))
    ]
