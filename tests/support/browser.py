"""A dashboard in a real browser: what it shows, and all that went wrong while it drew itself."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, Response, TimeoutError, sync_playwright

PATIENCE_MS = 90_000
SIGN_IN_MS = 15_000
MAX_HEIGHT_PX = 6_000

# Chromium asks its maker for many things by itself; none of these is ours.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
# Superset's own telemetry image; our content security policy stops it before it leaves, and the
# console says so.
_STOPPED_TELEMETRY = "scarf.sh"

_ALL_DRAWN = """() => {
    const charts = [...document.querySelectorAll('.dashboard-component-chart-holder')];
    return charts.length > 0 && charts.every(chart =>
        chart.querySelector('.slice_container, .chart-container')
        && !chart.querySelector('.loading, [data-test="loading-indicator"]'));
}"""
_CONTENT_HEIGHT = """() => Math.max(document.documentElement.scrollHeight,
    ...[...document.querySelectorAll('div')].map(part => part.scrollHeight))"""
_ERROR_BOXES = (
    "[data-test='error-message'], .ant-alert-error, .chart-error, .missing-chart-container"
)

Answer = tuple[Any, int]
"""What a chart asked, and the rows it got."""


@dataclass
class Drawn:
    """What a browser saw of a dashboard.

    asked     by each chart, by its name: what it sent to /api/v1/chart/data
    rows      of each chart by its name, as its query answered
    empty     names of charts that say they have nothing to show
    errors    texts of error boxes, and of queries that failed
    problems  JavaScript errors, the console's errors, answers of 400 and above
    outside   addresses on other machines that the page asked for
    """

    charts: list[str] = field(default_factory=list)
    asked: dict[str, Any] = field(default_factory=dict, repr=False)
    rows: dict[str, int] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """It is drawn, and every chart has rows."""
        return self.is_drawn and all(self.rows.values()) and not self.empty

    @property
    def is_drawn(self) -> bool:
        """Every chart asked, was answered, and drew; nothing failed, nothing left the machine."""
        asked = set(self.charts) == set(self.rows)
        return bool(self.charts) and asked and not (self.errors or self.problems or self.outside)


def draw(
    base_url: str,
    user: str,
    password: str,
    slug: str,
    png_path: Path,
    *,
    width: int = 1600,
    height: int = 1000,
) -> Drawn:
    """Sign in, open the dashboard, wait until every chart is drawn, take a picture of the whole
    page."""
    drawn = Drawn()
    answers: dict[str, Answer] = {}  # by the chart's id
    with _page(width, height) as page:
        _watch(page, base_url, drawn, answers)
        _sign_in(page, base_url, user, password)
        page.goto(f"{base_url}/superset/dashboard/{slug}/")
        _wait_for_charts(page, drawn)
        # Charts below the fold ask for nothing until they are scrolled to: make the window as tall
        # as the page.
        tall = min(int(page.evaluate(_CONTENT_HEIGHT)) + 40, MAX_HEIGHT_PX)
        page.set_viewport_size({"width": width, "height": tall})
        page.wait_for_function(_ALL_DRAWN, timeout=PATIENCE_MS)
        page.wait_for_timeout(1_500)  # charts grow into place; only the picture waits for it
        page.screenshot(path=png_path)
        _read(page, drawn, answers)
    return drawn


@contextmanager
def _page(width: int, height: int) -> Iterator[Page]:
    program = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=program,
            args=_QUIET,
            viewport={"width": width, "height": height},
        )
        try:
            yield context.new_page()
        finally:
            context.close()


def _watch(page: Page, base_url: str, drawn: Drawn, answers: dict[str, Answer]) -> None:
    host = urlsplit(base_url).netloc

    def on_console(message: Any) -> None:
        if message.type == "error" and _STOPPED_TELEMETRY not in message.text:
            drawn.problems.append(f"console: {message.text}")

    def on_response(response: Response) -> None:
        # Only what was answered has left the machine; what our policy stopped was never sent.
        address = urlsplit(response.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != host:
            drawn.outside.append(response.url)
        elif response.status >= 400:
            drawn.problems.append(f"{response.status} {response.url}")
        elif address.path == "/api/v1/chart/data":
            _note(response, drawn, answers)

    page.on("pageerror", lambda error: drawn.problems.append(f"script: {error}"))
    page.on("console", on_console)
    page.on("response", on_response)


def _note(response: Response, drawn: Drawn, answers: dict[str, Answer]) -> None:
    asked = json.loads(response.request.post_data or "{}")
    chart = asked.get("form_data", {}).get("slice_id")
    try:
        results = response.json()["result"]
    except Error as error:
        if "closed" in str(error):  # the page was left while the answer was on its way
            return
        raise
    for result in results:
        if result.get("error"):
            drawn.errors.append(f"chart {chart}: {result['error']}")
        if chart is not None:  # else it is the options of a filter
            answers[str(chart)] = asked, result.get("rowcount") or 0


def _sign_in(page: Page, base_url: str, user: str, password: str) -> None:
    """Again where nothing comes of it: the form's scripts draw it anew as they come, and what was
    filled in is gone."""
    page.goto(f"{base_url}/login/", wait_until="networkidle", timeout=PATIENCE_MS)
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while "/login" in page.url:
        with suppress(TimeoutError):
            page.locator("#username, input[name=username]").first.fill(user, timeout=SIGN_IN_MS)
            page.locator("#password, input[name=password]").first.fill(password, timeout=SIGN_IN_MS)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: "/login" not in url, timeout=SIGN_IN_MS)
        assert time.monotonic() < deadline, "the login form does not sign in"


def _wait_for_charts(page: Page, drawn: Drawn) -> None:
    try:
        page.wait_for_selector(".dashboard-component-chart-holder", timeout=PATIENCE_MS)
    except TimeoutError:
        raise AssertionError(f"{page.url} shows no chart: {drawn}") from None


def _read(page: Page, drawn: Drawn, answers: dict[str, Answer]) -> None:
    for holder in page.locator(".dashboard-component-chart-holder").all():
        chart = holder.locator("[data-test-chart-name]").first
        name = chart.get_attribute("data-test-chart-name") or "?"
        drawn.charts.append(name)
        if (answer := answers.get(chart.get_attribute("data-test-chart-id") or "")) is not None:
            drawn.asked[name], drawn.rows[name] = answer
        drawn.errors += [
            f"{name}: {text}" for text in holder.locator(_ERROR_BOXES).all_inner_texts()
        ]
        if holder.locator(".ant-empty, [data-test='empty-state']").count():
            drawn.empty.append(name)
