"""What superset/ reads, which runs in a Python of its own and knows no settings of ours."""

import shutil
from pathlib import Path

from tidemark import mysql
from tidemark.settings import Settings, as_environment, require
from tidemark.stack.project import FOLDER, SUPERSET


def superset_environment(settings: Settings, home: Path) -> dict[str, str]:
    """What superset/ reads: its own secrets and the reader's; none of the writers'."""
    _make(home)
    others = {name: value for name, value in as_environment(settings).items() if not name.startswith("TIDEMARK_")}
    return others | {
        "SUPERSET_CONFIG_PATH": str(SUPERSET / "superset_config.py"),
        "SUPERSET_HOME": str(home),
        "SUPERSET_SECRET_KEY": require(settings.superset.secret_key, "superset", "secret_key"),
        "SUPERSET_ADMIN_PASSWORD": require(settings.superset.admin_password, "superset", "admin_password"),
        "SUPERSET_VIEWER_PASSWORD": require(settings.superset.viewer_password, "superset", "viewer_password"),
        "MYSQL_HOST": settings.mysql.host,
        "MYSQL_PORT": str(settings.mysql.port),
        "MYSQL_DATABASE": settings.mysql.database,
        "MYSQL_USER": mysql.user_name("reader"),
        "MYSQL_PASSWORD": require(settings.mysql.reader_password, "mysql", "reader_password"),
    }


def _make(home: Path) -> None:
    """A new folder starts with Superset's own tables as `make install` left them; to make them takes ten seconds."""
    home.mkdir(parents=True, exist_ok=True)
    store, template = home / "superset.db", FOLDER / ".venv-superset" / "template" / "superset.db"
    if template.exists() and not store.exists():
        new = store.with_suffix(".new")
        shutil.copyfile(template, new)
        new.chmod(0o600)
        new.rename(store)
