"""The passwords of one stack: generated at its first start, and kept in its data folder."""

import re
import secrets
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from tidemark.lake.disk import sync_file, sync_folder
from tidemark.settings import Settings, variable

FILE_NAME: Final = "secrets.env"

_MADE: Final = {
    "mysql": (
        "root_password",
        "migrator_password",
        "writer_password",
        "reader_password",
        "charts_password",
    ),
    "superset": ("secret_key", "admin_password", "viewer_password"),
    "notebook": ("token",),
}


def with_secrets(settings: Settings) -> Settings:
    """Return the settings with every secret of the stack: those set, else those kept, else generated and kept."""
    path = settings.data_dir / FILE_NAME
    kept = read_secrets(path)
    changes: dict[str, Any] = {}
    for part, names in _MADE.items():
        model = getattr(settings, part)
        missing = [name for name in names if getattr(model, name) is None]
        for name in missing:
            kept.setdefault(variable(part, name), secrets.token_urlsafe(24))
        found = {name: SecretStr(kept[variable(part, name)]) for name in missing}
        changes[part] = model.model_copy(update=found)
    _write(path, kept)
    return settings.model_copy(update=changes)


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
