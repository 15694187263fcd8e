"""What every chart of a running stack answers, and what is wrong with it."""

from tidemark.stack.superset_api import SupersetApi

ALWAYS_FILLED = ("tidemark", "sources")
"""The dashboards of posts, of which any stack has some. Others may be empty: not every stack hears
of edits, or misses anything."""


def charts_and_faults(superset: SupersetApi) -> dict[str, str | None]:
    """Each chart by its name, and what is wrong with its answer."""
    filled = {chart_id for dashboard in ALWAYS_FILLED for chart_id in superset.chart_ids(dashboard)}
    found: dict[str, str | None] = {}
    for chart_id in superset.chart_ids():
        chart = superset.chart(chart_id)
        found[chart.name] = chart.error or (
            "no rows" if chart_id in filled and not chart.rows else None
        )
    return found
