"""`make demo-check`: the demo, unattended: up, every chart, a browser, down, nothing left. JSON on
the last line.

Free ports, a temporary folder, made-up posts and edits; exit code 0 only if all is well. The JSON has
for each dashboard how many charts it has, how many of them show something, and which may be empty,
with the reason. Any other chart that shows nothing is a fault.
"""

import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from browser import draw
from chart_answers import DashboardAnswers, dashboard_answers
from e2e.stack_process import StackProcess
from playwright.sync_api import Error as PlaywrightError
from waiting import wait_until

from tidemark.errors import TidemarkError
from tidemark.stack.embedded.dashboards import dashboard_paths

CHARTS_PATIENCE_S = 120

_FIGURES = (
    "first_chart_s",
    "install_s",
    "peak_rss_mb",
    "posts",
    "users",
    "hashtags",
    "charts",
    "charts_ok",
)


def main() -> int:
    began_s = time.monotonic()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="tidemark-demo-") as home:
        stack = StackProcess(Path(home), TIDEMARK_SOURCE="sample")
        result: dict[str, Any] = dict.fromkeys(_FIGURES, 0.0) | {"install_s": _install_s()}
        try:
            _check(stack, result, faults)
        except (AssertionError, TidemarkError, PlaywrightError) as error:
            faults.append(str(error).partition("\n")[0])
        finally:
            _say("stopping")
            stack.stop()
        if stack.exit_code() != 0:
            faults.append(f"`tidemark up` ended with {stack.exit_code()}")
        faults += [
            f"left behind: {' '.join(process.cmdline())[:200]}" for process in stack.processes()
        ]
        print(stack.output())
    for fault in faults:
        _say(f"FAULT: {fault}")
    result["took_s"] = round(time.monotonic() - began_s, 1)
    print(json.dumps(result))
    return 1 if faults else 0


def _check(stack: StackProcess, result: dict[str, Any], faults: list[str]) -> None:
    """Fill in the result as it goes, so that what was seen before a fault is reported."""
    _say("starting the stack")
    stack.start()
    stack.wait_for_output(r"First chart after")
    wait_until(lambda: stack.running().first_chart_s is not None)
    result["first_chart_s"] = stack.running().first_chart_s or 0
    _say("asking every chart")
    dashboards = _ask_dashboards(stack)
    _count_charts(result, dashboards)
    faults += [
        f"chart {name} of {slug}: {fault}"
        for slug, answers in dashboards.items()
        for name, fault in answers.faults.items()
    ]
    for slug in dashboards:
        _say(f"drawing {slug} in a browser")
        faults += _draw(stack, slug)
    result |= {table: stack.count_rows(table) for table in ("posts", "users", "hashtags")}
    result["peak_rss_mb"] = round(stack.running().peak_memory_mb)


def _count_charts(result: dict[str, Any], dashboards: dict[str, DashboardAnswers]) -> None:
    result["charts"] = sum(answers.charts for answers in dashboards.values())
    result["charts_ok"] = result["charts"] - sum(
        len(answers.faults) for answers in dashboards.values()
    )
    result["dashboards"] = {slug: answers.summary for slug, answers in dashboards.items()}


def _ask_dashboards(stack: StackProcess) -> dict[str, DashboardAnswers]:
    """Ask every dashboard as the viewer until all its charts are filled, each until the deadline.

    The first minute of data may not fill a chart of days.
    """
    api = stack.superset()
    deadline = time.monotonic() + CHARTS_PATIENCE_S
    slugs = [path.strip("/").rpartition("/")[2] for path in dashboard_paths()]
    found = {slug: dashboard_answers(api, slug) for slug in slugs}
    while time.monotonic() < deadline:
        unfinished = [slug for slug, answers in found.items() if answers.faults]
        if not unfinished:
            break
        time.sleep(1)
        found |= {slug: dashboard_answers(api, slug) for slug in unfinished}
    return found


def _draw(stack: StackProcess, slug: str) -> list[str]:
    url = stack.running().dashboards_url
    assert url is not None
    password = stack.secret("SUPERSET__VIEWER_PASSWORD")
    drawn = draw(url, "viewer", password, slug, stack.home / f"{slug}.png")
    return [] if drawn.is_well else [f"dashboard {slug}: {drawn}"]


def _install_s() -> float:
    """Return how long the installation before this took, as `make install` notes it; 0 where there
    was nothing to do."""
    noted = Path(".install.seconds")
    found = re.fullmatch(r"\d+", noted.read_text().strip()) if noted.exists() else None
    return float(found[0]) if found else 0.0


def _say(text: str) -> None:
    print(f"demo-check: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
