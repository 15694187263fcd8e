"""Superset in its container: take up the secrets, lay out the store where it is new, become gunicorn."""

import os
import shutil
from pathlib import Path

SECRETS = Path("/run/tidemark")
TEMPLATE = Path("/opt/superset/template/superset.db")
COMMAND = ["gunicorn", "--config=/srv/superset/gunicorn.conf.py", "--bind=0.0.0.0:8088"]


def main() -> None:
    for file in SECRETS.iterdir():
        if not file.name.startswith("."):
            os.environ[file.name] = file.read_text()
    store = Path(os.environ["SUPERSET_HOME"], "superset.db")
    if not store.exists():
        new = store.with_suffix(".new")
        shutil.copyfile(TEMPLATE, new)
        new.chmod(0o600)
        new.rename(store)
    os.execvp("gunicorn", COMMAND)  # noqa: S606 - it takes our place


if __name__ == "__main__":
    main()
