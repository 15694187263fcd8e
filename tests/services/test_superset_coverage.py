"""What the charts of the dashboard Coverage show is what was merged."""

from datetime import UTC, datetime

import pytest
from coverage_history import BEGIN_US, LOST_US
from dashboard_api import Api, RunningSuperset

WHOLE = "2025-03-01T07:00:00 : 2025-03-01T10:00:00"


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.api("viewer")


def instant(us: int) -> str:
    return datetime.fromtimestamp(us / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def heard(viewer: Api, span: str) -> dict[tuple[str, int], float]:
    """By source and minute after BEGIN_US."""
    rows = viewer.rows("Seconds covered", span)
    return {
        (row["source"], (row["at"] * 1_000 - BEGIN_US) // 60_000_000): row["heard"]
        for row in rows
        if row["heard"]
    }


def test_each_minute_has_the_seconds_that_were_heard(viewer: Api) -> None:
    found = heard(viewer, WHOLE)

    assert {
        minute: seconds for (source, minute), seconds in found.items() if source == "bluesky"
    } == dict.fromkeys(range(120), 60)
    expected = dict.fromkeys([*range(30), *range(36, 120)], 60) | {35: 45}
    assert {
        minute: seconds for (source, minute), seconds in found.items() if source == "wikimedia"
    } == expected


def test_over_days_it_is_the_mean_of_an_hour(viewer: Api) -> None:
    rows = viewer.rows("Seconds covered", "2025-03-01T07:00:00 : 2025-03-03T00:00:00")

    totals = {
        source: sum(row["heard"] * 60 for row in rows if row["source"] == source)
        for source in ("bluesky", "wikimedia")
    }
    assert totals == pytest.approx({"bluesky": 7200, "wikimedia": 7200 - 315})


def test_a_gap_is_listed_in_every_range_that_it_reaches_into(viewer: Api) -> None:
    gap = {
        "source": "wikimedia",
        "began": instant(LOST_US),
        "ended": instant(LOST_US + 315_000_000),
        "lasted_s": 315,
        "why": "silence",
        "state": "lost",
        "events": 0,
    }
    begin, end = (instant(LOST_US + seconds * 1_000_000).replace(" ", "T") for seconds in (60, 120))

    assert viewer.rows("Gaps", WHOLE) == [gap]
    assert viewer.rows("Gaps", f"{begin} : {end}") == [gap]


def test_an_open_gap_is_first_and_counts_on(viewer: Api) -> None:
    (gap, *_) = viewer.rows("Gaps", "2025-03-01T07:00:00 : 2999-01-01T00:00:00")

    assert (gap["source"], gap["ended"], gap["why"], gap["state"]) == (
        "wikimedia",
        None,
        "cut",
        "open",
    )
    assert gap["lasted_s"] >= 60


def test_odd_records_are_counted_by_kind(viewer: Api) -> None:
    rows = viewer.rows("Odd records, by kind", WHOLE)

    assert {row["kind"]: row["records_sum"] for row in rows} == {
        "bad_type": 8,
        "bad_count": 3,
        "notice_limit": 2,
    }


def test_where_there_is_no_gap_the_table_says_so(viewer: Api) -> None:
    (row,) = viewer.rows("Gaps", "2025-03-01T09:00:00 : 2025-03-01T09:10:00")

    assert row["source"] == "no gap in this time"
