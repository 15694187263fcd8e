"""What the launcher gave us: settings in the environment, secrets there or in files."""

import os
from pathlib import Path


def secret(name: str) -> str | None:
    """Return it from its file in SUPERSET_SECRETS_DIR, where that is set: an environment is seen by
    more eyes."""
    if folder := os.environ.get("SUPERSET_SECRETS_DIR"):
        file = Path(folder, name)
        return file.read_text() if file.exists() else None
    return os.environ.get(name)


def needed_secret(name: str) -> str:
    """Return it; a KeyError names one that is missing."""
    if (found := secret(name)) is None:
        raise KeyError(name)
    return found


def is_on(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")
