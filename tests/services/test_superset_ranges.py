"""Whatever time people pick, each dataset answers; of a time in which nothing was, with nothing."""

import json
from typing import Any

import pytest
from dashboard_api import Api, RunningSuperset

RANGES = [
    "No filter",
    "2025-03-10T12:00:00 : 2025-03-10T12:00:00",
    "2025-03-10T12:00:10 : 2025-03-10T12:00:20",
    "now : now",
    "2998-12-31T00:00:00 : 2999-01-01T00:00:00",
    " : 9999-12-31T23:59:59",
    "9999-12-31T23:59:59 : ",
    "0001-01-01T00:00:00 : 0001-01-02T00:00:00",
    " : 1969-12-31T00:00:00",
]


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.api("viewer")


@pytest.fixture(scope="module")
def queries(viewer: Api) -> dict[str, str]:
    """Of each dataset that has a time, one chart's."""
    charts = {
        chart["slice_name"]: chart["datasource_name_text"] for chart in viewer.objects("chart")
    }
    timed = {name: query for name, query in viewer.contexts.items() if "TEMPORAL_RANGE" in query}
    return {charts[name]: query for name, query in timed.items()}


def faults(viewer: Api, queries: dict[str, str], time_range: str) -> dict[str, Any]:
    """What is wrong with the answer of each dataset."""
    found = {}
    for dataset, saved in queries.items():
        context = json.loads(saved) | {"force": True}
        for query in context["queries"]:
            for given in query["filters"]:
                given["val"] = time_range if given["op"] == "TEMPORAL_RANGE" else given["val"]
        answer = viewer.ask("POST", "/api/v1/chart/data", context)
        if answer.status_code != 200:
            found[dataset] = (answer.status_code, answer.text[:300])
    return found


@pytest.mark.parametrize("time_range", RANGES)
def test_every_dataset_answers(viewer: Api, queries: dict[str, str], time_range: str) -> None:
    assert faults(viewer, queries, time_range) == {}


@pytest.mark.parametrize("time_range", ["2025-03-11T00:00:00 : 2025-03-10T00:00:00", "x : y"])
def test_a_range_that_can_be_none_is_told_as_such(
    viewer: Api, queries: dict[str, str], time_range: str
) -> None:
    wrong = faults(viewer, queries, time_range)

    assert {status for status, _ in wrong.values()} == {400}
