"""The query that the browser makes of a chart's settings, so that Superset's API can run the chart
too."""

import json
from typing import Any

Params = dict[str, Any]


def query_context(params: Params) -> str:
    """Return what GET /api/v1/chart/<id>/data/ runs, as JSON."""
    query = {
        "columns": _columns(params),
        # None is raw rows; an empty list would group by all columns.
        "metrics": None
        if params.get("query_mode") == "raw"
        else _listed(params.get("metrics") or params.get("metric")),
        "filters": [
            {"col": given["subject"], "op": given["operator"], "val": given["comparator"]}
            for given in params.get("adhoc_filters", [])
        ],
        "orderby": _order(params),
        "row_limit": params.get("row_limit", 10_000),
        "extras": {"having": "", "where": ""},
    }
    return json.dumps(
        {
            "datasource": {},
            "force": False,
            "queries": [query],
            "form_data": params,
            "result_format": "json",
            "result_type": "full",
        }
    )


def _columns(params: Params) -> list[Any]:
    columns = _listed(params.get("groupby") or params.get("series") or params.get("all_columns"))
    if (axis := params.get("x_axis")) is None:
        return columns
    base = {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "label": axis,
        "sqlExpression": axis,
    }
    return [base, *columns]


def _order(params: Params) -> list[list[Any]]:
    if given := params.get("order_by_cols"):  # raw rows: '["column", ascending]'
        return [json.loads(one) for one in given]
    columns = _columns(params)
    metrics = _listed(params.get("metrics") or params.get("metric"))
    if params["viz_type"] == "heatmap_v2":
        axes = zip(
            (params["x_axis"], params["groupby"]),
            (params["sort_x_axis"], params["sort_y_axis"]),
            strict=True,
        )
        return [[metrics[0] if "value" in sort else axis, "asc" in sort] for axis, sort in axes]
    if not columns or not metrics:
        return []
    # A word cloud orders equal words by name; a pie, which has no series, does not.
    by_name = (
        [[params["series"], True]] if params.get("sort_by_metric") and "series" in params else []
    )
    return [[metrics[0], False], *by_name]


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
