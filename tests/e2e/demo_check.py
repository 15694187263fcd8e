"""`make demo-check`: the demo, unattended: up, every chart, a browser, down, nothing left. JSON on
the last line.

Free ports, a folder of its own, made-up posts; exit code 0 only if all is well.
"""

import json
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from browser import draw
from chart_answers import ALWAYS_FILLED, charts_and_faults
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
        result = dict.fromkeys(_FIGURES, 0.0) | {"install_s": _install_s()}
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


def _check(stack: StackProcess, result: dict[str, float], faults: list[str]) -> None:
    """Fills in the result as it goes, so that what was seen before a fault is told."""
    _say("starting the stack")
    stack.start()
    stack.wait_for_output(r"First chart after")
    wait_until(lambda: stack.running().first_chart_s is not None)
    result["first_chart_s"] = stack.running().first_chart_s or 0
    _say("asking every chart")
    charts = _ask_charts(stack)
    result |= {"charts": len(charts), "charts_ok": sum(fault is None for fault in charts.values())}
    faults += [f"chart {name}: {fault}" for name, fault in charts.items() if fault]
    for path in dashboard_paths():
        _say(f"drawing {path} in a browser")
        faults += _draw(stack, path)
    result |= {table: stack.count_rows(table) for table in ("posts", "users", "hashtags")}
    result["peak_rss_mb"] = round(stack.running().peak_memory_mb)


def _ask_charts(stack: StackProcess) -> dict[str, str | None]:
    """As the viewer, until each is well: the first minute of data may not fill a chart of days."""
    api = stack.superset()
    deadline = time.monotonic() + CHARTS_PATIENCE_S
    while True:
        charts = charts_and_faults(api)
        if (charts and not any(charts.values())) or time.monotonic() > deadline:
            return charts
        time.sleep(1)


def _draw(stack: StackProcess, path: str) -> list[str]:
    url = stack.running().dashboards_url
    assert url is not None
    slug = path.strip("/").rpartition("/")[2]
    drawn = draw(
        url, "viewer", stack.secret("SUPERSET__VIEWER_PASSWORD"), slug, stack.home / f"{slug}.png"
    )
    is_well = drawn.is_well if slug in ALWAYS_FILLED else drawn.is_drawn
    return [] if is_well else [f"dashboard {slug}: {drawn}"]


def _install_s() -> float:
    """How long the installation took that went before, as `make install` notes it; 0 where there
    was nothing to do."""
    noted = Path(".install.seconds")
    found = re.fullmatch(r"\d+", noted.read_text().strip()) if noted.exists() else None
    return float(found[0]) if found else 0.0


def _say(text: str) -> None:
    print(f"demo-check: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
