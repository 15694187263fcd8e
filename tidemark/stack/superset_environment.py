"""The environment variables of superset/, which runs in a separate Python and cannot read our settings."""

from pathlib import Path

from tidemark import mysql
from tidemark.settings import Settings, as_environment, require
from tidemark.settings.processes import PROCESSES
from tidemark.stack.project import SUPERSET


def superset_environment(settings: Settings, home: Path) -> dict[str, str]:
    """Return the environment of Superset, with its own secrets and the password for charts, and no others."""
    home.mkdir(parents=True, exist_ok=True)
    others = {
        name: value
        for name, value in as_environment(settings).items()
        if not name.startswith("TIDEMARK_")
    }
    process = PROCESSES["superset"]
    values = {name: str(one.value) for name, one in process.settings_in(settings).items()}
    secrets = {
        name: require(secret.value, *secret.path)
        for name, secret in process.secrets_in(settings).items()
    }
    return (
        others
        | values
        | secrets
        | {
            "SUPERSET_CONFIG_PATH": str(SUPERSET / "superset_config.py"),
            "SUPERSET_HOME": str(home),
            "MYSQL_USER": mysql.user_name("charts"),
        }
    )
