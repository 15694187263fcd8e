"""When rows are old, and when it is time to look."""

from datetime import date, datetime, timedelta

import pytest

from tidemark.settings import KeepSettings
from tidemark.upkeep.aging import Aging, aging

TODAY = date(2026, 3, 1)


def table(days: int | None, *, walked: bool = False) -> Aging:
    return Aging("made_up", ("source", "id"), "at", days, walked=walked)


@pytest.mark.parametrize(
    ("days", "before"),
    [
        (None, None),
        (1, datetime(2026, 2, 28)),
        (59, datetime(2026, 1, 1)),
        (60, datetime(2025, 12, 31)),
    ],
)
def test_whole_days_go_and_none_too_early(days: int | None, before: datetime | None) -> None:
    assert table(days).before(TODAY) == before


@pytest.mark.parametrize(
    ("days", "walked", "first_due_after_days"),
    [(1, False, 1), (365, False, 1), (1, True, 1), (19, True, 1), (20, True, 2), (365, True, 36)],
)
def test_a_table_is_due_once_a_day_or_after_a_tenth_of_its_time(
    days: int, walked: bool, first_due_after_days: int
) -> None:
    dropped_before = datetime(2026, 2, 1)
    due = [
        ahead
        for ahead in range(-3, 400)
        if table(days, walked=walked).is_due(dropped_before + timedelta(days=ahead), dropped_before)
    ]

    assert table(days, walked=walked).is_due(dropped_before, None)
    assert due == list(range(first_due_after_days, 400))


def test_nothing_that_was_measured_goes_unasked() -> None:
    assert [old.table for old in aging(KeepSettings()) if old.days is not None] == ["job_progress"]


def test_each_sum_is_kept_as_long_as_its_grain() -> None:
    keep = KeepSettings(minute_sums_days=14, hour_sums_days=90, day_sums_days=900)

    days = {old.table: old.days for old in aging(keep)}

    of = ("hashtag", "edit", "page", "editor")
    assert {days[f"{what}_minutes"] for what in of} == {14}
    assert {days[f"{what}_hours"] for what in of} == {90}
    assert {days[f"{what}_days"] for what in of} | {
        days["post_minutes"],
        days["source_minutes"],
    } == {900}
