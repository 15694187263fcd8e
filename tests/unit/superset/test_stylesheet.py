"""How a dashboard looks: every chart fits the screen, and a phone."""

from pathlib import Path
from typing import Any

import pytest
import stylesheet
import yaml

from tidemark.stack.project import SUPERSET

FILES = sorted((SUPERSET / "assets" / "dashboards").glob("*.yaml"))
PHONE_COLUMNS = 6


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def dashboard(request: pytest.FixtureRequest) -> Any:
    file: Path = request.param
    return yaml.safe_load(file.read_text())


def nodes(dashboard: Any, kind: str) -> list[Any]:
    position = dashboard["position"].values()
    return [node for node in position if isinstance(node, dict) and node["type"] == kind]


def test_charts_of_a_row_fill_it(dashboard: Any) -> None:
    widths = {node["id"]: node["meta"]["width"] for node in nodes(dashboard, "CHART")}

    for row in nodes(dashboard, "ROW"):
        assert sum(widths[chart] for chart in row["children"]) == 12, row["id"]


def test_on_a_phone_each_chart_fits_its_width_or_stands_beside_others_like_it(
    dashboard: Any,
) -> None:
    css = stylesheet.stylesheet(dashboard)

    for node in nodes(dashboard, "CHART"):
        assert PHONE_COLUMNS % node["meta"]["width"] == 0 or f":has(#{node['id']})" in css


def test_a_line_of_text_begins_with_what_it_lists(dashboard: Any) -> None:
    css = stylesheet.stylesheet(dashboard)
    lines = [
        node["meta"]["sliceName"]
        for node in nodes(dashboard, "CHART")
        if node["meta"]["height"] < 10
    ]

    for name in lines:
        assert f'content: "{stylesheet.LEADS.get(name, name)}\\00a0 "' in css
