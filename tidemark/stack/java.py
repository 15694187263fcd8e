"""The Java that Kafka and Spark run on."""

import re
import shutil
import subprocess
from typing import Final

from tidemark.errors import SetupError

NEEDED_VERSION: Final = 17


def find_java() -> str:
    """Return the path of a Java that is new enough; raise SetupError that says what was found and what to install."""
    path = shutil.which("java")
    if path is None:
        raise SetupError(f"no `java` on the PATH; {_HELP}")
    shown = subprocess.run(
        [path, "-version"], capture_output=True, text=True, check=False, timeout=60
    )
    version = _major_version(shown.stderr)
    if version is None:
        first_line = (shown.stderr or shown.stdout).strip().partition("\n")[0]
        raise SetupError(
            f"{path} does not print its version ({first_line or 'it prints nothing'}); {_HELP}"
        )
    if version < NEEDED_VERSION:
        raise SetupError(f"{path} is Java {version}; {_HELP}")
    return path


_HELP: Final = (
    f"Kafka and Spark need Java {NEEDED_VERSION} or newer: `apt-get install openjdk-17-jre-headless`, "
    "or put a newer one first on the PATH"
)


def _major_version(text: str) -> int | None:
    """Return 8 for 1.8.0_402, 17 for 17.0.15, 22 for 22-ea."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found[1]) if found else None
