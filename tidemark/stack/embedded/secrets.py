"""The passwords of one stack: generated at its first start, and kept in its data folder."""

import re
import secrets
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from tidemark.lake.disk import sync_file, sync_folder
from tidemark.settings import Settings, every_setting

FILE_NAME: Final = "secrets.env"

SERVERS: Final = ("mysql", "superset", "notebook")
"""Parts of the settings whose secrets belong to the stack itself."""


def with_secrets(settings: Settings) -> Settings:
    """Return the settings with every secret of the stack: those set, else those kept, else generated and kept."""
    path = settings.data_dir / FILE_NAME
    kept = read_secrets(path)
    changes: dict[str, Any] = {}
    for name in SERVERS:
        part = getattr(settings, name)
        changes[name] = part.model_copy(update=_missing_secrets(part, name, kept))
    _write(path, kept)
    return settings.model_copy(update=changes)


def _missing_secrets(part: BaseModel, name: str, kept: dict[str, str]) -> dict[str, SecretStr]:
    """Return the secrets that are not set, by field; generate those that are not kept, and add them to
    `kept`."""
    found: dict[str, SecretStr] = {}
    for setting in every_setting(part, name):
        if setting.is_secret and setting.value is None:
            secret = kept.setdefault(setting.variable, secrets.token_urlsafe(24))
            found[setting.path[-1]] = SecretStr(secret)
    return found


def read_secrets(path: Path) -> dict[str, str]:
    """Return the secrets by variable; none if there is no file."""
    if not path.exists():
        return {}
    return dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE))


def _write(path: Path, kept: dict[str, str]) -> None:
    """Write the complete file or nothing, also in a power cut: without its passwords, data cannot be read."""
    text = "".join(f"{name}={value}\n" for name, value in kept.items())
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    sync_file(new)
    new.replace(path)
    sync_folder(path.parent)
