"""Check that a server answers, as its clients connect to it.

python ready.py kafka|mysql|superset|notebook [SECONDS]     retry for SECONDS; default: try once

Exit code 0 if it does, else 1 and what is wrong. Needs the settings with its address and password;
for Superset and JupyterLab also DASHBOARDS_HOST.
"""

import os
import sys
import time

from tidemark.settings import Settings, load, require
from tidemark.stack import health

ASK_EVERY_S = 0.5


def problem(server: str, settings: Settings) -> str | None:
    """Return what is wrong with the server; None if it answers."""
    if server == "kafka":
        return health.kafka_problem(settings.kafka)
    if server == "mysql":
        return health.mysql_problem(settings.mysql, "root")
    url = f"http://{os.environ.get('DASHBOARDS_HOST', '127.0.0.1')}"
    if server == "notebook":
        token = require(settings.notebook.token, "notebook", "token")
        return health.notebook_problem(f"{url}:{settings.notebook.port}", token=token)
    password = require(settings.superset.viewer_password, "superset", "viewer_password")
    return health.superset_problem(
        f"{url}:{settings.superset.port}", user="viewer", password=password
    )


def main(server: str, patience_s: float = 0) -> int:
    settings = load()
    deadline = time.monotonic() + patience_s
    while (found := problem(server, settings)) is not None and time.monotonic() < deadline:
        time.sleep(ASK_EVERY_S)
    if found is not None:
        print(found, file=sys.stderr)
    return 0 if found is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *(float(argument) for argument in sys.argv[2:])))
