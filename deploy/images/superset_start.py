"""Superset in its container: take up the secrets, become gunicorn."""

import os
from pathlib import Path

SECRETS = Path("/run/tidemark")
COMMAND = ["gunicorn", "--config=/srv/superset/gunicorn.conf.py", "--bind=0.0.0.0:8088"]


def main() -> None:
    for file in SECRETS.iterdir():
        if not file.name.startswith("."):
            os.environ[file.name] = file.read_text()
    os.execvp("gunicorn", COMMAND)  # noqa: S606 - it takes our place


if __name__ == "__main__":
    main()
