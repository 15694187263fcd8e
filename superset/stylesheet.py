"""The CSS of a dashboard: cards, lines of text, and how its charts lie on a phone.

Superset lays charts out in twelve columns whatever the width, so that a phone shows slivers. Each
chart draws itself in pixels that follow from its columns, so CSS cannot make it wider. It can make
the grid twice as wide as the phone, let the rows wrap, and zoom charts until they fit.
"""

from collections.abc import Iterator
from typing import Any, Final

CARDS: Final = """\
.dashboard-content { background: #f3f6f7; }
.dashboard-component-chart-holder {
  border-radius: 12px; border: 1px solid #e6ecee; box-shadow: 0 1px 2px rgba(18, 48, 63, .04);
}
.header-title { font-weight: 600; }
/* Ten rows are what these tables are for: no warning that there are more. */
[data-test-viz-type="table"] [data-test="warning"] { display: none; }
.superset-chart-table .cell-bar { background: rgba(15, 124, 138, .15) !important; }
"""

LINE: Final = """\
CARD { background: transparent; border: 0; box-shadow: none; padding: 0 16px; }
CHART :is([data-test="slice-header"], thead) { display: none; }
CHART div { visibility: visible !important; overflow: visible !important; }
CHART :is(table, tr, td) { border: 0 !important; background: transparent !important; }
CHART td { padding: 0 !important; color: #12303f; }
CHART td::before { content: "LEAD\\00a0 "; opacity: .6; }
CHART td::after { content: "\\00a0\\00a0\\00b7\\00a0 times in UTC"; opacity: .6; }
CHART td b { background: #fbefd9; color: #7a4f0d; border-radius: 6px; padding: 3px 10px; font-weight: 600; }
"""
"""A table of one cell, shown as one quiet line of text, not as a card."""

LEADS: Final = {"Compared": "Sources of posts, side by side:"}
"""What a line begins with, where that is not the name of its chart."""

PHONE: Final = """\
.dashboard-content { overflow-x: hidden; max-width: 100vw; }
.dashboard-content .grid-container { flex: none; width: calc(200vw - 48px); margin: 16px; }
.dashboard-content .dragdroppable-row { width: 50%; }
.dashboard-content .grid-row { flex-wrap: wrap; gap: 16px; }
.dashboard-content .grid-row > * { margin-right: 0 !important; }
.dashboard-content .filter-counts, [data-test="metadata-bar"] { display: none; }
"""

_ZOOM: Final = {4: 1.53, 5: 1.21, 7: 0.85, 8: 0.74}
"""By how much charts of so many columns are zoomed to be as wide as the phone; the others fit it."""


def stylesheet(dashboard: dict[str, Any]) -> str:
    """Return the CSS of a dashboard, given as its file in assets/ has it."""
    charts = list(_charts(dashboard))
    lines = [_line(node["meta"]["sliceName"]) for node in charts if _is_line(node)]
    phone = [_on_a_phone(node) for node in charts]
    return "".join([CARDS, *lines, "@media (max-width: 640px) {\n", PHONE, *phone, "}\n"])


def _charts(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for node in dashboard["position"].values():
        if isinstance(node, dict) and node["type"] == "CHART":
            yield node


def _is_line(node: dict[str, Any]) -> bool:
    return int(node["meta"]["height"]) < 10


def _line(name: str) -> str:
    chart = f'[data-test-chart-name="{name}"]'
    card = f".dashboard-component-chart-holder:has({chart})"
    text = LINE.replace("CARD", card).replace("CHART", chart)
    return text.replace("LEAD", LEADS.get(name, name))


def _on_a_phone(node: dict[str, Any]) -> str:
    """Return the rules of one chart. Where it fills the row it is a table, which can be scrolled."""
    chart = f".resizable-container:has(#{node['id']})"
    columns = node["meta"]["width"]
    if _is_line(node):
        return (
            f"{chart} {{ max-width: calc(100vw - 32px) !important; height: auto !important; }}\n"
            f"{chart} * {{ max-width: calc(100vw - 64px) !important; white-space: normal !important; }}\n"
        )
    if columns > max(_ZOOM):
        return (
            f"{chart} {{ max-width: calc(100vw - 32px) !important; min-width: 0 !important; }}\n"
            f"{chart} .dashboard-component-chart-holder {{ overflow-x: auto; }}\n"
        )
    zoom = _ZOOM.get(columns, 1)
    return f"{chart} {{ zoom: {zoom}; }}\n{chart} [data-test='slice-header'] {{ zoom: {1 / zoom:.2f}; }}\n"
