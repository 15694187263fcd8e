"""The dashboard in a real browser."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from browser import Drawn, draw
from dashboard_api import Api, RunningSuperset

from tidemark.stack.project import SUPERSET

DASHBOARDS = {
    file["slug"]: sorted(
        part["meta"]["sliceName"] for name, part in file["position"].items() if "CHART-" in name
    )
    for file in (
        yaml.safe_load(path.read_text())
        for path in (SUPERSET / "assets" / "dashboards").glob("*.yaml")
    )
}
"""By slug, the charts on it."""


@pytest.fixture(scope="module", params=sorted(DASHBOARDS))
def slug(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def picture(slug: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("picture") / f"{slug}.png"


@pytest.fixture(scope="module")
def drawn(superset: RunningSuperset, slug: str, picture: Path) -> Drawn:
    return draw(superset.url, "viewer", superset.passwords["viewer"], slug, picture)


def test_every_chart_draws_with_rows_and_nothing_leaves_the_machine(
    slug: str, drawn: Drawn, picture: Path
) -> None:
    assert sorted(drawn.charts) == DASHBOARDS[slug]
    assert drawn.is_well, drawn
    assert picture.stat().st_size > 50_000


def test_the_queries_that_the_api_runs_are_those_of_the_browser(
    superset: RunningSuperset, drawn: Drawn
) -> None:
    viewer = superset.api("viewer")
    pairs = {
        name: (json.loads(viewer.contexts[name]), asked) for name, asked in drawn.asked.items()
    }
    assert sorted(pairs) == sorted(drawn.charts)

    differ = [
        name
        for name, (saved, asked) in pairs.items()
        if statement(viewer, saved) != statement(viewer, asked)
    ]

    # Time goes on between the two questions, and may step into another span: a second look tells.
    saved = {name: statement(viewer, pairs[name][0]) for name in differ}
    assert saved == {name: statement(viewer, pairs[name][1]) for name in differ}


def statement(api: Api, context: dict[str, Any]) -> str:
    """The SQL of a query, without its instants: the hour goes on from one to the next."""
    answer = api.ask("POST", "/api/v1/chart/data", context | {"result_type": "query"})
    return re.sub(r"'\d{4}-\d\d-\d\d[ T\d:.]*'", "'…'", answer.json()["result"][0]["query"])
