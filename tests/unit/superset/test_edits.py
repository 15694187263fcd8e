"""The SQL of edits: which rollups it reads, and that nothing a reader sends gets into it
unquoted."""

import re

import pytest
from chart_sql.edit_rankings import editor_ranking, page_ranking
from chart_sql.edits import edit_rates, edit_sums, where

HOUR = ("2026-11-20T09:17:23", "2026-11-20T10:17:23")
WEEK = ("2026-11-10T09:17:23", "2026-11-17T10:17:23")
MONTH = ("2026-10-10T09:17:23", "2026-11-11T10:17:23")


def tables_in(sql: str) -> set[str]:
    return set(re.findall(r"\b(?:edit|page|editor)_(?:minute|hour|day)s\b", sql))


@pytest.mark.parametrize(
    ("span", "sums", "rates"),
    [
        (HOUR, {"edit_minutes"}, {"edit_minutes"}),
        (WEEK, {"edit_minutes", "edit_hours", "edit_days"}, {"edit_hours"}),
        (MONTH, {"edit_minutes", "edit_hours", "edit_days"}, {"edit_days"}),
        ((None, None), {"edit_days"}, {"edit_days"}),
    ],
)
def test_a_range_is_read_from_the_coarsest_rollups_that_serve(
    span: tuple[str | None, str | None], sums: set[str], rates: set[str]
) -> None:
    assert tables_in(edit_sums(*span)) == sums
    assert tables_in(edit_rates(*span)) == rates


def test_pages_are_found_in_the_rollups_of_pages_and_editors_in_theirs() -> None:
    assert tables_in(page_ranking(*WEEK, 10)) == {"page_minutes", "page_hours", "page_days"}
    assert tables_in(editor_ranking(*WEEK, 10)) == {"editor_minutes", "editor_hours", "editor_days"}


def test_chosen_wikis_are_looked_up_by_the_index_that_has_them() -> None:
    assert "FORCE INDEX (by_magnitude)" in page_ranking(*WEEK, 10)
    assert "FORCE INDEX (of_wiki)" in page_ranking(*WEEK, 10, ["('enwiki')"])


@pytest.mark.parametrize(
    ("wikis", "made_by", "condition"),
    [
        ("", [], ""),
        ("", ["bots"], " AND is_bot IN (1)"),
        ("('a', 'b')", ["people"], " AND wiki IN ('a', 'b') AND is_bot IN (0)"),
        ("", ["bots", "people"], " AND is_bot IN (1, 0)"),
        # Whatever is no bot is taken for people; as text it goes nowhere.
        ("", ["') OR 1 = 1 --"], " AND is_bot IN (0)"),
    ],
)
def test_filters_are_conditions(wikis: str, made_by: list[str], condition: str) -> None:
    assert where(wikis, made_by) == condition
