"""The secrets of containers: a folder for each, with those of its row in PROCESSES, which nobody else may read."""

import os
from pathlib import Path
from typing import Final

from tidemark.settings import Settings
from tidemark.settings.processes import PROCESSES

OUR_USER: Final = 10001
"""User of the images in deploy/images."""
MYSQL_USER: Final = 999
"""User of the image mysql."""


def deal(settings: Settings, folder: Path) -> None:
    """Write folder/PROCESS/FILE for every secret that is set; remove the file of one that is no
    longer set."""
    for name, process in PROCESSES.items():
        home = folder / name
        user = MYSQL_USER if name == "mysql" else OUR_USER
        home.mkdir(parents=True, exist_ok=True)
        _give(home, user, 0o700)
        for file_name, secret in process.secrets_in(settings).items():
            if secret.value is None:
                (home / file_name).unlink(missing_ok=True)
            else:
                _write(home / file_name, secret.value.get_secret_value(), user)


def _write(path: Path, text: str, user: int) -> None:
    """Write all of it or nothing; others can never read it, not even for a moment."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        file.write(text)
    _give(new, user, 0o400)
    new.replace(path)


def _give(path: Path, user: int, mode: int) -> None:
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, user, user)
