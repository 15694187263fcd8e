"""Odd data and its right values: of the cases beside the project, and of the project's own."""

from collections import defaultdict
from typing import Any

import pytest
from made_up_cases import MADE_UP
from odd_cases import SHARED, Case, shared_cases, told_of

FOUND = shared_cases()


def check(case: Case) -> None:
    told = told_of(case)
    expect = dict(case.expect)
    for key in expect.pop("keys_include", ()):
        assert key in told["keys"]
    assert {name: told[name] for name in expect} == expect, told


@pytest.mark.skipif(not FOUND, reason=f"no cases in {SHARED}")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in FOUND])
def test_a_case_beside_the_project_gives_its_right_value(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.name}-{case.source}") for case in MADE_UP]
)
def test_a_case_of_the_project_gives_its_right_value(case: Case) -> None:
    check(case)


def test_the_project_has_cases_of_every_kind_that_a_decoder_meets_and_of_every_source() -> None:
    kinds: defaultdict[str, Any] = defaultdict(set)
    for case in MADE_UP:
        kinds[case.kind].add(case.source)

    assert kinds.keys() >= {case.kind for case in FOUND} | {"1"}
    for kind in ("3", "4", "5", "6", "12", "15"):
        assert kinds[kind] == {"x", "bluesky", "mastodon", "wikimedia"}, kind
    for kind in ("7", "8", "9", "10", "26", "27"):
        assert kinds[kind] == {"x", "bluesky", "mastodon"}, kind


@pytest.mark.skipif(not FOUND, reason=f"no cases in {SHARED}")
def test_no_case_beside_the_project_is_left_out_but_those_of_source_replay() -> None:
    assert len(FOUND) == len({case.name for case in FOUND}) == 30
