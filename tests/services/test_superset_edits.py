"""What every chart of edits shows equals what plain Python counts, for any time range and
filter."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from coverage_history import Told
from coverage_model import SourceCoverage
from dashboard_api import Api, RunningSuperset
from edit_history import LOST_AT, MadeEdit

# From the middle of a minute to the middle of another; over each way that ranges are cut.
RANGES = {
    "minutes": ("2025-03-10T11:17:23", "2025-03-10T12:15:11"),
    "hours": ("2025-03-10T11:17:23", "2025-03-11T09:58:00"),
    "days": ("2025-03-05T11:17:23", "2025-03-12T13:33:33"),
    "weeks": ("2025-03-02T00:00:00", "2025-03-20T18:00:00"),
    "up to now": ("2025-03-12T09:09:09", "2999-01-01T00:00:00"),
}
ranges = pytest.mark.parametrize("span", RANGES.values(), ids=RANGES)
FILTERS: dict[str, dict[str, list[str]]] = {
    "all": {},
    "bots": {"made_by": ["bots"]},
    "people": {"made_by": ["people"]},
    "one wiki": {"wiki": ["dewiki"]},
    "odd wikis' people": {"wiki": ["o'wiki", "100%wiki", "never"], "made_by": ["people"]},
    "both": {"made_by": ["bots", "people"]},
}
filters = pytest.mark.parametrize("given", FILTERS.values(), ids=FILTERS)


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.api("viewer")


def made_in(
    edits: list[MadeEdit], span: tuple[str, str], given: dict[str, list[str]]
) -> list[MadeEdit]:
    """Edits of the full minutes of a range that the filters let through."""
    begin, end = map(datetime.fromisoformat, span)
    return [
        edit
        for edit in edits
        if begin <= edit.at.replace(second=0) < end
        and all(getattr(edit, column) in values for column, values in given.items())
    ]


def as_range(span: tuple[str, str]) -> str:
    return " : ".join(span)


@ranges
@filters
def test_totals_count_each_edit_once(
    viewer: Api, edits: list[MadeEdit], span: tuple[str, str], given: dict[str, list[str]]
) -> None:
    expected = made_in(edits, span, given)
    grown = [edit.grown for edit in expected if edit.grown is not None]
    number = len(expected)

    def shown(chart: str) -> Any:
        (row,) = viewer.rows(chart, as_range(span), **given)
        (value,) = row.values()
        return float(value)

    assert shown("Edits") == number
    assert shown("New pages") == sum(edit.type == "new" for edit in expected)
    assert shown("Bytes added") == sum(max(0, more) for more in grown)
    assert shown("Bytes removed") == sum(max(0, -more) for more in grown)
    assert shown("Made by bots") == pytest.approx(
        sum(e.is_bot for e in expected) / number if number else 0, abs=1e-4
    )


@ranges
@filters
def test_wikis_and_their_bots_and_people_are_counted(
    viewer: Api, edits: list[MadeEdit], span: tuple[str, str], given: dict[str, list[str]]
) -> None:
    expected = made_in(edits, span, given)

    wikis = {
        row["wiki"]: int(row["edits_sum"])
        for row in viewer.rows("Most edited wikis", as_range(span), **given)
    }
    makers = {
        row["made_by"]: int(row["edits_sum"])
        for row in viewer.rows("Bots and people", as_range(span), **given)
    }

    assert wikis == Counter(edit.wiki for edit in expected)
    assert makers == Counter(edit.made_by for edit in expected)


@ranges
@filters
def test_the_most_edited_pages_and_busiest_editors_have_their_exact_counts(
    viewer: Api, edits: list[MadeEdit], span: tuple[str, str], given: dict[str, list[str]]
) -> None:
    written = [edit for edit in made_in(edits, span, given) if edit.type in ("edit", "new")]
    pages = Counter((edit.wiki, edit.title) for edit in written)
    editors = Counter((edit.made_by, edit.wiki, edit.user) for edit in written if edit.user)

    found = viewer.rows("Top pages", as_range(span), **given)
    assert_most_edited({(row["wiki"], row["title"]): row["edits"] for row in found}, pages)
    found = viewer.rows("Top editors", as_range(span), **given)
    assert_most_edited(
        {(row["made_by"], row["wiki"], row["user_name"]): row["edits"] for row in found}, editors
    )


def assert_most_edited(shown: dict[Any, int], expected: Counter[Any]) -> None:
    """The right counts; which of equally edited ones come in is left open."""
    assert shown == {key: expected[key] for key in shown}
    assert sorted(shown.values(), reverse=True) == [count for _, count in expected.most_common(10)]


def test_no_time_filter_shows_all_there_is(viewer: Api, edits: list[MadeEdit]) -> None:
    assert viewer.rows("Edits", "No filter") == [{"edits_sum": len(edits)}]
    assert len(viewer.rows("Top pages", "No filter")) == 10


@pytest.mark.parametrize(
    ("span", "length"),
    [
        (RANGES["minutes"], timedelta(minutes=1)),
        (RANGES["days"], timedelta(hours=1)),
        (RANGES["weeks"], timedelta(days=1)),
    ],
    ids=["by the minute", "by the hour", "by the day"],
)
@filters
def test_lines_are_edits_and_bytes_per_minute_in_the_grain_of_their_range(
    viewer: Api,
    edits: list[MadeEdit],
    span: tuple[str, str],
    length: timedelta,
    given: dict[str, list[str]],
) -> None:
    begin, end = map(datetime.fromisoformat, span)
    minutes = length / timedelta(minutes=1)
    counted: Counter[Any] = Counter()
    grown: Counter[Any] = Counter()
    shrunk: Counter[Any] = Counter()
    for edit in made_in(edits, ("1970-01-01", "2999-01-01"), given):
        start = edit.at - (edit.at - datetime(1970, 1, 1)) % length
        if begin <= start < end:
            counted[start, edit.type] += 1
            grown[start] += max(0, edit.grown or 0)
            shrunk[start] += max(0, -(edit.grown or 0))

    rates = viewer.rows("Edits per minute", as_range(span), **given)
    volumes = viewer.rows("Bytes per minute", as_range(span), **given)

    assert {(when(row), row["series"]): row["rate"] for row in rates} == per_minute(
        counted, minutes
    )
    assert {when(row): row["added"] for row in volumes} == per_minute(grown, minutes)
    assert {when(row): row["removed"] for row in volumes} == per_minute(shrunk, -minutes)


def when(row: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(row["at"] / 1000, UTC).replace(tzinfo=None)


def per_minute(counted: Counter[Any], minutes: float) -> dict[Any, Any]:
    return {key: pytest.approx(number / minutes, abs=1e-3) for key, number in counted.items()}


def test_the_running_hour_is_divided_by_the_minutes_that_are_gone(
    viewer: Api, edits: list[MadeEdit]
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    begin = now - timedelta(hours=8)

    rows = viewer.rows("Edits per minute", f"{begin.isoformat()} : {now.isoformat()}")

    lately = [edit for edit in edits if edit.at > begin]
    assert {row["series"] for row in rows} == {"partly covered"}  # half an hour of these hours
    hours = Counter(edit.at.replace(minute=0, second=0) for edit in lately)
    rates: Counter[datetime] = Counter()
    for row in rows:
        rates[when(row)] += row["rate"]
    assert rates.keys() == hours.keys()
    for hour, count in hours.items():
        gone = min(timedelta(hours=1), now - hour) / timedelta(minutes=1)
        assert rates[hour] == pytest.approx(count / max(1, gone), rel=0.2)


def test_minutes_that_were_partly_covered_are_a_separate_series(
    viewer: Api, edits: list[MadeEdit], coverage: Told
) -> None:
    wikimedia = SourceCoverage(coverage, "wikimedia")
    span = (
        f"{LOST_AT - timedelta(minutes=40):%Y-%m-%dT%H:%M:%S}",
        f"{LOST_AT + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}",
    )
    expected: Counter[Any] = Counter()
    for edit in made_in(edits, span, {}):
        at = edit.at.replace(second=0)
        part = wikimedia.in_part(at, at + timedelta(minutes=1))
        expected[at, "partly covered" if part else edit.type] += 1

    rows = viewer.rows("Edits per minute", as_range(span))

    assert {(when(row), row["series"]): row["rate"] for row in rows} == expected
    assert len({at for at, series in expected if series == "partly covered"}) >= 3


def test_rejected_edits_are_counted_and_told_newest_first(viewer: Api) -> None:
    (total,) = viewer.rows("Rejected edits")
    rows = viewer.rows("Newest rejected edits")

    assert total == {"rejected_count": 4}
    assert [row["reason"] for row in rows] == [
        "too_long",
        "bad_created_at",
        "not_json",
        "not_an_edit",
    ]
    assert "<b>soon</b>" in rows[1]["detail"]
    assert {row["topic"] for row in rows} == {"edits"}


@ranges
def test_the_line_on_top_counts_the_wikis(
    viewer: Api, edits: list[MadeEdit], span: tuple[str, str]
) -> None:
    wikis = {edit.wiki for edit in made_in(edits, span, {})}

    assert viewer.rows("Edits from", as_range(span)) == [
        {"origins": f"{len(wikis)} wikis of Wikimedia"}
    ]


def test_the_line_on_top_says_so_where_there_are_no_edits(viewer: Api) -> None:
    told = viewer.rows("Edits from", "2001-01-01T00:00:00 : 2001-01-02T00:00:00")

    assert told == [{"origins": "nowhere: no edits in this time"}]
