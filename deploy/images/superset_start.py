"""Superset in its container: take up the secrets, lay out the store where it is new, become gunicorn."""

import os
import shutil
from pathlib import Path

SECRETS = Path("/run/tidemark")
TEMPLATE = Path("/opt/superset/template/superset.db")
THREADS = 16


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


COMMAND = [
    "gunicorn",
    "--bind=0.0.0.0:8088",
    "--workers=1",
    "--worker-class=gthread",
    f"--threads={THREADS}",
    "--timeout=120",
    "--graceful-timeout=5",
    "--no-control-socket",
    "--worker-tmp-dir=/dev/shm",
    "--pythonpath=/srv/superset",
    "bootstrap:main([])",
]

if __name__ == "__main__":
    main()
