"""spark_health.py master|worker: exit code 0 where the master is in charge, or counts on this
worker; else why not."""

import json
import socket
import sys
import urllib.request
from typing import Any

URL = "http://spark-master:8080/json/"


def main(role: str) -> int:
    try:
        with urllib.request.urlopen(URL, timeout=8) as answer:
            found = problem(role, json.load(answer))
    except (OSError, ValueError) as error:
        found = f"the master does not tell how it is: {error}"
    if found:
        print(found)
    return 1 if found else 0


def problem(role: str, cluster: dict[str, Any]) -> str | None:
    if role == "master":
        return None if cluster["status"] == "ALIVE" else f"the master is {cluster['status']}"
    mine = socket.gethostbyname(socket.gethostname())
    alive = [worker["host"] for worker in cluster["workers"] if worker["state"] == "ALIVE"]
    return (
        None
        if mine in alive
        else f"the master counts on {', '.join(alive) or 'no worker'}, and not on {mine}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
