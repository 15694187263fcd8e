"""Superset's API as the tests ask it: any path as any user, a chart's own query with other
filters."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import requests

Row = dict[str, Any]


@dataclass(frozen=True)
class RunningSuperset:
    """A Superset over the tables of `database`, which `charts.fill` filled."""

    url: str
    passwords: dict[str, str]
    environment: dict[str, str]

    def api(self, user: str) -> "Api":
        return Api(self.url, user, self.passwords[user])

    def browser(self, user: str) -> "Api":
        """Signed in as people are, by the form, with a cookie."""
        browser = Api(self.url, "", "")
        browser.sign_in_by_form(user, self.passwords[user])
        return browser


@dataclass
class Api:
    """Signed in as one user; nobody where user is empty."""

    url: str
    user: str
    password: str
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        if self.user:
            sign_in = {"username": self.user, "password": self.password, "provider": "db"}
            token = self.ask("POST", "/api/v1/security/login", sign_in).json()["access_token"]
            self.session.headers["Authorization"] = f"Bearer {token}"
            self._take_csrf_token()

    def sign_in_by_form(self, user: str, password: str) -> requests.Response:
        token = self._take_csrf_token()
        form = {"username": user, "password": password, "csrf_token": token}
        return self.session.post(f"{self.url}/login/", data=form, timeout=60, allow_redirects=False)

    def _take_csrf_token(self) -> str:
        """Without it a write is refused before anybody asks who wrote."""
        page = self.ask("GET", "/login/").text
        if (found := re.search(r'csrf_token[^>]*?value="([^"]+)"', page)) is None:
            raise AssertionError("the page for signing in has no CSRF token")
        self.session.headers["X-CSRFToken"] = found[1]
        return found[1]

    def ask(self, method: str, path: str, content: Any = None) -> requests.Response:
        return self.session.request(
            method, self.url + path, json=content, timeout=60, allow_redirects=False
        )

    def objects(self, kind: str) -> list[Row]:
        """All charts, datasets, … the user may see."""
        found: list[Row] = self.ask("GET", f"/api/v1/{kind}/?q=(page_size:500)").json()["result"]
        return found

    @cached_property
    def contexts(self) -> dict[str, str]:
        """The saved query of each chart by its name, as JSON."""
        numbers = [chart["id"] for chart in self.objects("chart")]
        charts = [self.ask("GET", f"/api/v1/chart/{number}").json()["result"] for number in numbers]
        return {chart["slice_name"]: chart["query_context"] for chart in charts}

    def charts_on(self, dashboard: str) -> list[str]:
        """Names of the charts on the dashboard with this slug."""
        found = self.ask("GET", f"/api/v1/dashboard/{dashboard}/charts").json()["result"]
        return [chart["slice_name"] for chart in found]

    def rows(self, chart: str, time_range: str | None = None, **filters: list[str]) -> list[Row]:
        """What a chart shows for a time range, as `from : to`, and with these filters, past the
        cache."""
        context = json.loads(self.contexts[chart]) | {"force": True}
        for query in context["queries"]:
            for given in query["filters"]:
                if given["op"] == "TEMPORAL_RANGE" and time_range:
                    given["val"] = time_range
            query["filters"] += [
                {"col": column, "op": "IN", "val": values} for column, values in filters.items()
            ]
        answer = self.ask("POST", "/api/v1/chart/data", context)
        assert answer.status_code == 200, answer.text[:1_000]
        (result,) = answer.json()["result"]
        assert not result["error"], result["error"]
        rows: list[Row] = result["data"]
        return rows
