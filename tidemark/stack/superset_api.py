"""A client of Superset's API, signed in as a user."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tidemark.errors import StackError

TIMEOUT_S: Final = 60


@dataclass(frozen=True)
class ChartAnswer:
    """The result of one chart's own query; `data` holds its rows, by the names of columns."""

    name: str
    rows: int
    error: str | None
    data: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class ChartRows:
    """All rows that a chart shows, and their dataset."""

    name: str
    dataset: str
    rows: list[dict[str, Any]]


class SupersetApi:
    """A session of one user; raises StackError with Superset's answer if a request fails."""

    def __init__(self, url: str, *, user: str, password: str) -> None:
        self._url = url
        self._signed_in: dict[str, str] = {}
        answer = self._ask(
            "/api/v1/security/login", {"username": user, "password": password, "provider": "db"}
        )
        self._signed_in = {"Authorization": f"Bearer {answer['access_token']}"}

    def chart_ids(self, dashboard: str | None = None) -> list[int]:
        """Return the ids of all charts that the user may see, or of those on the dashboard with this slug."""
        if dashboard is None:
            return [chart["id"] for chart in self._charts()]
        return [
            chart["id"] for chart in self._ask(f"/api/v1/dashboard/{dashboard}/charts")["result"]
        ]

    def chart(self, chart_id: int) -> ChartAnswer:
        """Run a chart's query, bypassing the cache."""
        try:
            name = self._ask(f"/api/v1/chart/{chart_id}")["result"]["slice_name"]
            results = self._ask(f"/api/v1/chart/{chart_id}/data/?force=true")["result"]
        except StackError as error:
            return ChartAnswer(f"chart {chart_id}", 0, str(error))
        errors = [result["error"] for result in results if result.get("error")]
        rows = min((result["rowcount"] for result in results), default=0)
        data = [row for result in results for row in result.get("data") or ()]
        return ChartAnswer(name, rows, errors[0] if errors else None, data)

    def charts_over_all_time(self) -> list[ChartRows]:
        """Run every chart's query without its time range, bypassing the cache; equal rows are ordered by name."""
        return [
            self._over_all_time(chart["id"], chart["datasource_name_text"])
            for chart in self._charts()
        ]

    def _charts(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self._ask("/api/v1/chart/?q=(page_size:500)")["result"]
        return listed

    def _over_all_time(self, chart_id: int, dataset: str) -> ChartRows:
        chart = self._ask(f"/api/v1/chart/{chart_id}")["result"]
        context = json.loads(chart["query_context"]) | {"force": True}
        for query in context["queries"]:
            filters = query["filters"]
            query["filters"] = [one for one in filters if one["op"] != "TEMPORAL_RANGE"]
            # Servers differ in which of equal rows they return first, or at all.
            query["orderby"] += [[_name(column), True] for column in query["columns"]]
        (result,) = self._ask("/api/v1/chart/data", context)["result"]
        return ChartRows(chart["slice_name"], dataset.rpartition(".")[2], result["data"])

    def _ask(self, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is ours
            self._url + path,
            data=None if content is None else json.dumps(content).encode(),
            # Superset expects a JSON body even of a GET that has this header.
            headers=self._signed_in
            | ({} if content is None else {"Content-Type": "application/json"}),
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                found: dict[str, Any] = json.load(response)
                return found
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")[:300]
            raise StackError(f"Superset answers {error.code} to {path}: {answer}") from error
        except (OSError, ValueError) as error:
            raise StackError(f"Superset at {self._url} does not answer {path} ({error})") from error


def _name(column: str | dict[str, Any]) -> str:
    """Return the name of a query's column, which is a string or, on an axis, an object."""
    return column if isinstance(column, str) else str(column["label"])
