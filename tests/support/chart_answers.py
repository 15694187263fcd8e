"""What every chart of a running stack answers, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tidemark.stack.superset_api import ChartAnswer, SupersetApi

ALWAYS_FILLED = ("tidemark", "sources")
"""The dashboards of posts, of which any stack has some. Others may be empty: not every stack reads
edits, or misses anything."""

EMPTY_BY_DESIGN: Final[Mapping[str, str]] = {
    "Rows waiting": "a job that keeps up has no rows waiting",
}
"""Charts of the demo that may show nothing, each with the reason. All others must show something."""

_NOTHING: Final = ("nowhere: ", "no posts in this time", "no gap in this time", "no second source")
"""How a chart says in words that it has nothing to show."""


@dataclass
class DashboardAnswers:
    """What the charts of one dashboard answer.

    empty_by_design  charts with nothing to show, each with the reason for which they may
    faults           the other charts with nothing to show, and those that failed
    """

    charts: int = 0
    with_rows: int = 0
    empty_by_design: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> dict[str, Any]:
        """Return the counts, and what is empty by design."""
        return {
            "charts": self.charts,
            "with_rows": self.with_rows,
            "empty_by_design": self.empty_by_design,
        }


def dashboard_answers(superset: SupersetApi, slug: str) -> DashboardAnswers:
    """Ask every chart on a dashboard."""
    answers = DashboardAnswers()
    for chart_id in superset.chart_ids(slug):
        chart = superset.chart(chart_id)
        answers.charts += 1
        if chart.error:
            answers.faults[chart.name] = chart.error
        elif shows_something(chart):
            answers.with_rows += 1
        elif reason := EMPTY_BY_DESIGN.get(chart.name):
            answers.empty_by_design[chart.name] = reason
        else:
            answers.faults[chart.name] = "nothing to show"
    return answers


def shows_something(chart: ChartAnswer) -> bool:
    """Return whether any row has a number that is not 0, or, where there are no numbers, a text."""
    rows = [row for row in chart.data if not _says_nothing(row)]
    numbers = [value for row in rows for name, value in row.items() if _is_measure(name, value)]
    return any(numbers) if numbers else bool(rows)


def _says_nothing(row: Mapping[str, Any]) -> bool:
    return any(str(value).startswith(_NOTHING) for value in row.values())


def _is_measure(name: str, value: Any) -> bool:
    """Return whether it is a number, and no instant, which Superset sends as one."""
    return isinstance(value, int | float) and name != "at" and not name.endswith("_at")


def charts_and_faults(superset: SupersetApi) -> dict[str, str | None]:
    """Return each chart by its name, and what is wrong with its answer."""
    filled = {chart_id for dashboard in ALWAYS_FILLED for chart_id in superset.chart_ids(dashboard)}
    found: dict[str, str | None] = {}
    for chart_id in superset.chart_ids():
        chart = superset.chart(chart_id)
        found[chart.name] = chart.error or (
            "no rows" if chart_id in filled and not chart.rows else None
        )
    return found
