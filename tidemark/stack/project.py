"""Where the parts of the project are that are not Python packages."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[2]
MIGRATIONS: Final = FOLDER / "sql" / "migrations"
JARS_LOCK: Final = FOLDER / "jars.lock"
SUPERSET: Final = FOLDER / "superset"
