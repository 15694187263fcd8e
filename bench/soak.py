"""Hours of an open dashboard, compressed: what grows, and what a killed database costs; the last
line is JSON.

    .venv/bin/python bench/soak.py [--hours 2] [--faster 10]

Starts a separate stack with made-up posts, and requests every chart of a dashboard as a viewer does, `faster` times
as often as it refreshes (10 s). Half-way it kills the database; the stack restarts it, and the jobs' driver must be
the same process afterwards. At the end every record that the producer logged as sent must be merged once.
"""

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import psutil
from dashboard_api import Api
from e2e.stack_process import StackProcess

REFRESH_S: Final = 10
MIB: Final = 2**20


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--hours", type=float, default=2)
    options.add_argument("--faster", type=float, default=10)
    given = options.parse_args()
    refreshes = round(given.hours * 3600 / REFRESH_S)
    with tempfile.TemporaryDirectory() as folder:
        # Posts of X alone: what is compared at the end is one topic.
        stack = StackProcess(
            Path(folder), TIDEMARK_SAMPLE__RATE="20", TIDEMARK_SAMPLE__NETWORKS='["x"]'
        )
        stack.start()
        try:
            stack.wait_for_output("First chart after")
            result = soak(stack, refreshes, REFRESH_S / given.faster)
        finally:
            stack.stop()
    print(json.dumps(result))
    raise SystemExit(0 if result["driver_is_the_same"] and not result["records_missing"] else 1)


def soak(stack: StackProcess, refreshes: int, every_s: float) -> dict[str, Any]:
    api = Api(
        str(stack.running().dashboards_url), "viewer", stack.secret("SUPERSET__VIEWER_PASSWORD")
    )
    contexts = [api.contexts[chart] for chart in api.charts_on("tidemark")]
    refresh(api, contexts)
    before, driver = sizes(stack), stack.service("Spark").pid
    failed = 0
    for number in range(refreshes):
        began_s = time.monotonic()
        failed += refresh(api, contexts)
        if number == refreshes // 2:
            kill_database(stack)
        print(
            f"\rrefresh {number + 1:,} of {refreshes:,}, {failed} answers were errors",
            end="",
            file=sys.stderr,
        )
        time.sleep(max(0, every_s - (time.monotonic() - began_s)))
    print(file=sys.stderr)
    return {
        "refreshes": refreshes,
        "charts": len(contexts),
        "answers_with_errors": failed,
        "before": before,
        "after": sizes(stack),
        "driver_is_the_same": stack.service("Spark").pid == driver,
        "records_missing": missing(stack),
    }


def refresh(api: Api, contexts: list[str]) -> int:
    """Ask for all charts past the cache; how many answers were errors, as they are while the
    database is away."""
    failed = 0
    for context in contexts:
        answer = api.ask("POST", "/api/v1/chart/data", json.loads(context) | {"force": True})
        if answer.status_code == 401:
            api.__post_init__()
        failed += answer.status_code != 200
    return failed


def kill_database(stack: StackProcess) -> None:
    (pid,) = (
        service.pid for service in stack.running().services if service.name in ("MariaDB", "MySQL")
    )
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def sizes(stack: StackProcess) -> dict[str, float]:
    """Return the MiB of Superset's store, of all logs, and of the memory of each service with its children."""
    logs = sum(path.stat().st_size for path in (stack.data_dir / "logs").iterdir())
    store = next(stack.data_dir.rglob("superset.db")).stat().st_size
    memory = {
        service.name: memory_of(service.pid) for service in stack.running().services if service.pid
    }
    found = {"superset.db": store, "logs": logs} | {
        f"memory of {name}": size for name, size in memory.items()
    }
    return {name: round(size / MIB, 1) for name, size in found.items()}


def memory_of(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        return sum(process.memory_info().rss for process in [root, *root.children(recursive=True)])
    except psutil.NoSuchProcess:
        return 0


def missing(stack: StackProcess) -> int:
    """Stop the producer and wait until the jobs have merged what it sent; below 0 is how many were
    merged twice."""
    producer = next(
        service for service in stack.running().services if service.name.startswith("Producer")
    )
    log = next((stack.data_dir / "logs").glob("producer*.log"))
    assert producer.pid is not None
    os.kill(producer.pid, signal.SIGTERM)
    deadline_s = time.monotonic() + 120
    while (
        not (ended := re.findall(r"ended .*events=(\d+)", log.read_text()))
        and time.monotonic() < deadline_s
    ):
        time.sleep(0.5)
    sent = sum(map(int, ended))
    merged = -1
    while merged < sent and time.monotonic() < deadline_s:
        time.sleep(1)
        merged = stack.ask_number("SELECT SUM(rows_read) FROM job_progress WHERE job = 'posts'")
    return sent - merged


if __name__ == "__main__":
    main()
