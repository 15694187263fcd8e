"""What superset/ reads, which runs in a Python of its own and knows no settings of ours."""

from pathlib import Path

from tidemark import mysql
from tidemark.settings import Settings, as_environment, require
from tidemark.stack.project import SUPERSET


def superset_environment(settings: Settings, home: Path) -> dict[str, str]:
    """Return what superset/ reads: its own secrets and those of the account for charts; no
    other."""
    home.mkdir(parents=True, exist_ok=True)
    others = {
        name: value
        for name, value in as_environment(settings).items()
        if not name.startswith("TIDEMARK_")
    }
    return others | {
        "SUPERSET_CONFIG_PATH": str(SUPERSET / "superset_config.py"),
        "SUPERSET_HOME": str(home),
        "SUPERSET_SECRET_KEY": require(settings.superset.secret_key, "superset", "secret_key"),
        "SUPERSET_ADMIN_PASSWORD": require(
            settings.superset.admin_password, "superset", "admin_password"
        ),
        "SUPERSET_VIEWER_PASSWORD": require(
            settings.superset.viewer_password, "superset", "viewer_password"
        ),
        "SUPERSET_HTTPS": str(settings.superset.https),
        "SUPERSET_BEHIND_PROXY": str(settings.superset.behind_proxy),
        "MYSQL_HOST": settings.mysql.host,
        "MYSQL_PORT": str(settings.mysql.port),
        "MYSQL_DATABASE": settings.mysql.database,
        "MYSQL_USER": mysql.user_name("charts"),
        "MYSQL_PASSWORD": require(settings.mysql.charts_password, "mysql", "charts_password"),
    }
