"""The functions that datasets may call."""

import re

from chart_sql import FUNCTIONS

from tidemark.stack.project import SUPERSET

OF_SUPERSET = {"filter_values"}


def test_datasets_call_every_function_and_no_other() -> None:
    datasets = (SUPERSET / "assets" / "datasets").rglob("*.yaml")
    templates = [
        part for file in datasets for part in re.findall(r"{[{%].+?[%}]}", file.read_text())
    ]
    called = {name for template in templates for name in re.findall(r"(?<!\|)\b(\w+)\(", template)}

    assert called - OF_SUPERSET == set(FUNCTIONS)
