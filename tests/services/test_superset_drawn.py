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


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("picture") / "dashboard.png"


@pytest.fixture(scope="module")
def drawn(superset: RunningSuperset, picture: Path) -> Drawn:
    return draw(superset.url, "viewer", superset.passwords["viewer"], "tidemark", picture)


def test_every_chart_draws_with_rows_and_nothing_leaves_the_machine(drawn: Drawn, picture: Path) -> None:
    charts = [yaml.safe_load(path.read_text()) for path in (SUPERSET / "assets" / "charts").glob("*.yaml")]

    assert sorted(drawn.charts) == sorted(chart["slice_name"] for chart in charts)
    assert drawn.is_well, drawn
    assert picture.stat().st_size > 50_000


def test_the_queries_that_the_api_runs_are_those_of_the_browser(superset: RunningSuperset, drawn: Drawn) -> None:
    viewer = superset.api("viewer")
    assert viewer.contexts.keys() == drawn.asked.keys()
    pairs = {name: (json.loads(context), drawn.asked[name]) for name, context in viewer.contexts.items()}

    differ = [name for name, (saved, asked) in pairs.items() if statement(viewer, saved) != statement(viewer, asked)]

    # Time goes on between the two questions, and may step into another span: a second look tells.
    saved = {name: statement(viewer, pairs[name][0]) for name in differ}
    assert saved == {name: statement(viewer, pairs[name][1]) for name in differ}


def statement(api: Api, context: dict[str, Any]) -> str:
    """The SQL of a query, without its instants: the hour goes on from one to the next."""
    answer = api.ask("POST", "/api/v1/chart/data", context | {"result_type": "query"})
    return re.sub(r"'\d{4}-\d\d-\d\d[ T\d:.]*'", "'…'", answer.json()["result"][0]["query"])
