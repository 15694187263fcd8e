"""The secrets of containers: a folder for each, with what it needs and no more, that nobody else
may read."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from tidemark.contracts.sources import SOURCES
from tidemark.mysql import Account
from tidemark.settings import Settings, variable

OUR_USER: Final = 10001
"""Of the images in deploy/images."""
MYSQL_USER: Final = 999
"""Of the image mysql."""

Setting = tuple[str, str]
"""The part and the field: ("mysql", "root_password")."""


@dataclass(frozen=True)
class _Share:
    """Who may read it, and its settings by the names of their files."""

    user: int
    files: Mapping[str, Setting]


def _ours(*settings: Setting) -> _Share:
    return _Share(OUR_USER, {variable(*setting): setting for setting in settings})


_SHARES: Final = {
    "mysql": _Share(MYSQL_USER, {"root_password": ("mysql", "root_password")}),
    "prepare": _ours(*(("mysql", f"{account}_password") for account in get_args(Account))),
    "producer": _ours(
        *((spec.name, secret) for spec in SOURCES.values() for secret in spec.secrets)
    ),
    "spark": _ours(
        ("mysql", "writer_password"), ("lake", "s3_access_key"), ("lake", "s3_secret_key")
    ),
    # Called as superset/ reads them: it knows no settings of ours.
    "superset": _Share(
        OUR_USER,
        {
            "SUPERSET_SECRET_KEY": ("superset", "secret_key"),
            "SUPERSET_ADMIN_PASSWORD": ("superset", "admin_password"),
            "SUPERSET_VIEWER_PASSWORD": ("superset", "viewer_password"),
            "MYSQL_PASSWORD": ("mysql", "charts_password"),
        },
    ),
    "reader": _ours(("mysql", "reader_password")),
    "notebook": _ours(("mysql", "reader_password"), ("notebook", "token")),
}


def deal(settings: Settings, folder: Path) -> None:
    """Write folder/CONTAINER/FILE for every secret that is set; what is there and no longer set
    goes."""
    for container, share in _SHARES.items():
        home = folder / container
        home.mkdir(parents=True, exist_ok=True)
        _give(home, share.user, 0o700)
        for name, (part, field) in share.files.items():
            secret = getattr(getattr(settings, part), field)
            if secret is None:
                (home / name).unlink(missing_ok=True)
            else:
                _write(home / name, secret.get_secret_value(), share.user)


def _write(path: Path, text: str, user: int) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
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
