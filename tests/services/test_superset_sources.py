"""What every chart of the dashboard Sources shows equals what plain Python counts in the posts."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from chart_history import HALF_HEARD, Post
from coverage_history import Told, us
from coverage_model import SourceCoverage
from dashboard_api import Api, RunningSuperset

RANGES = {
    "minutes": ("2025-03-10T08:11:23", "2025-03-10T13:55:11"),
    "hours": ("2025-03-10T05:17:23", "2025-03-11T09:58:00"),
    "days": ("2025-03-05T11:17:23", "2025-03-12T13:33:33"),
    "weeks": ("2025-03-02T00:00:00", "2025-03-20T18:00:00"),
}
ranges = pytest.mark.parametrize("span", RANGES.values(), ids=RANGES)
LENGTHS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "weeks": timedelta(days=1)}
by_grain = pytest.mark.parametrize(
    ("span", "length"), [(RANGES[name], length) for name, length in LENGTHS.items()], ids=LENGTHS
)


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.api("viewer")


def of_range(posts: list[Post], span: tuple[str, str]) -> dict[str, list[Post]]:
    """By source, posts of the full minutes of a range."""
    begin, end = map(datetime.fromisoformat, span)
    found: dict[str, list[Post]] = {}
    for post in posts:
        if begin <= post.at.replace(second=0) < end:
            found.setdefault(post.source, []).append(post)
    return found


def as_range(span: tuple[str, str]) -> str:
    return " : ".join(span)


def by_source(
    viewer: Api, chart: str, span: tuple[str, str], axis: str = "source"
) -> dict[str, float]:
    """What a chart of one number for each source shows."""
    found = {}
    for row in viewer.rows(chart, as_range(span)):
        ((_, value),) = [item for item in row.items() if item[0] not in ("source", "network")]
        found[row[axis]] = float(value)
    return found


@ranges
def test_sources_stand_side_by_side(viewer: Api, posts: list[Post], span: tuple[str, str]) -> None:
    expected = of_range(posts, span)

    def each(chart: str) -> dict[str, float]:
        return by_source(viewer, chart, span)

    assert viewer.rows("Compared", as_range(span)) == [{"compared": "sample \u00a0·\u00a0 x"}]
    assert each("Share of posts") == {source: len(those) for source, those in expected.items()}
    assert each("Reposts") == pytest.approx(
        {
            source: sum(post.is_repost for post in those) / len(those)
            for source, those in expected.items()
        },
        abs=1e-4,
    )
    assert each("Hashtags per post") == pytest.approx(
        {
            source: sum(len(post.hashtags) for post in those) / len(those)
            for source, those in expected.items()
        },
        abs=1e-4,
    )


@ranges
def test_people_are_new_when_their_first_post_was_written(
    viewer: Api, posts: list[Post], span: tuple[str, str]
) -> None:
    begin, end = map(datetime.fromisoformat, span)
    first: dict[tuple[str, str], datetime] = {}
    for post in posts:
        if post.user_id:
            key = (post.source, post.user_id)
            first[key] = min(first.get(key, post.at), post.at)

    shown = by_source(viewer, "New people, by source", span)

    assert shown == Counter(source for (source, _), at in first.items() if begin <= at < end)


def uses_of(posts: list[Post], span: tuple[str, str]) -> dict[str, Counter[str]]:
    return {
        source: Counter(tag for post in those for tag in post.hashtags)
        for source, those in of_range(posts, span).items()
    }


@ranges
def test_shared_hashtags_are_those_a_second_source_uses_most(
    viewer: Api, posts: list[Post], span: tuple[str, str]
) -> None:
    x, sample = (uses_of(posts, span)[source] for source in ("x", "sample"))
    second = sorted(
        (min(uses, sample[tag]) for tag, uses in x.items() if sample[tag]), reverse=True
    )

    shown: dict[str, dict[str, int]] = {}
    for row in viewer.rows("Shared hashtags", as_range(span)):
        shown.setdefault(row["hashtag"], {})[row["source"]] = int(row["uses_sum"])

    assert shown == {tag: {"x": x[tag], "sample": sample[tag]} for tag in shown}
    assert sorted((min(uses.values()) for uses in shown.values()), reverse=True) == second[:12]


@ranges
def test_typical_hashtags_are_twice_as_large_a_part_as_elsewhere(
    viewer: Api, posts: list[Post], span: tuple[str, str]
) -> None:
    found = uses_of(posts, span)
    times: dict[tuple[str, str], float] = {}
    for here, elsewhere in (("x", "sample"), ("sample", "x")):
        for tag, uses in found[here].items():
            part = uses / found[here].total()
            times[here, tag] = part / (max(found[elsewhere][tag], 1) / found[elsewhere].total())
    typical = {key: ratio for key, ratio in times.items() if ratio >= 2}

    rows = viewer.rows("Typical hashtags", as_range(span))

    for source in ("x", "sample"):
        of_source = [row for row in rows if row["source"] == source]
        expected = sorted(
            (found[source][tag] for of, tag in typical if of == source), reverse=True
        )[:4]
        if not expected:
            assert of_source == [{"source": source, "hashtag": "none", "uses": None, "times": None}]
            continue
        assert [row["uses"] for row in of_source] == expected
        assert {row["hashtag"]: row["times"] for row in of_source} == pytest.approx(
            {row["hashtag"]: typical[source, row["hashtag"]] for row in of_source}
        )
        assert all(row["uses"] == found[source][row["hashtag"]] for row in of_source)


def test_one_source_alone_is_told_what_is_missing(viewer: Api, posts: list[Post]) -> None:
    alone = next(
        post.at.replace(second=0) for post in posts if post.hashtags and post.source == "x"
    )
    span = (alone.isoformat(), (alone + timedelta(minutes=1)).isoformat())
    (those,) = of_range(posts, span).values()

    (line,) = viewer.rows("Compared", as_range(span))
    shared = viewer.rows("Shared hashtags", as_range(span))

    assert line["compared"].startswith("<b>x</b> alone ")
    assert {row["hashtag"] for row in shared} == {tag for post in those for tag in post.hashtags}
    assert viewer.rows("Typical hashtags", as_range(span)) == [
        {"source": "x", "hashtag": "no second source in this time", "uses": None, "times": None}
    ]


def test_hashtags_are_shared_among_the_chosen_sources(viewer: Api, posts: list[Post]) -> None:
    expected = uses_of(posts, RANGES["days"])["sample"]

    shown = viewer.rows("Shared hashtags", as_range(RANGES["days"]), source=["sample"])

    assert {row["source"] for row in shown} == {"sample"}
    assert [
        int(row["uses_sum"]) for row in sorted(shown, key=lambda row: -int(row["uses_sum"]))
    ] == [uses for _, uses in expected.most_common(12)]


@pytest.mark.parametrize("chart", ["Posts per minute", "Posts per minute, by source"])
@by_grain
def test_what_was_partly_covered_is_a_separate_series(
    viewer: Api,
    posts: list[Post],
    coverage: Told,
    chart: str,
    span: tuple[str, str],
    length: timedelta,
) -> None:
    in_part = cache(SourceCoverage(coverage, "x").in_part)
    begin, end = (datetime.fromisoformat(at) for at in span)
    begin, end = (
        at if not at.second else at.replace(second=0) + timedelta(minutes=1) for at in (begin, end)
    )
    expected: defaultdict[tuple[datetime, str], float] = defaultdict(float)
    for source, those in of_range(posts, span).items():
        for post in those:
            start = post.at - (post.at - datetime(1970, 1, 1)) % length
            at, until = max(start, begin), min(start + length, end)
            part = ", partly covered" if source == "x" and in_part(at, until) else ""
            expected[at, source + part] += 1 / ((until - at) / timedelta(minutes=1))

    shown = {(when(row), row["series"]): row["rate"] for row in viewer.rows(chart, as_range(span))}

    assert shown == {key: pytest.approx(rate, abs=1e-3) for key, rate in expected.items()}
    assert any(series == "x, partly covered" for _, series in shown)


def when(row: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(row["at"] / 1000, UTC).replace(tzinfo=None)


def test_each_source_has_the_shares_of_time_it_was_covered(viewer: Api, coverage: Told) -> None:
    x = SourceCoverage(coverage, "x")
    begin, end = HALF_HEARD[0].replace(second=0), datetime(2025, 3, 10, 13, 40)
    seconds = set(range(us(begin) // 1_000_000, us(end) // 1_000_000))
    heard, healed = len(x.heard & seconds), len(x.healed & seconds)

    rows = viewer.rows("Covered", f"{begin.isoformat()} : {end.isoformat()}")

    shown = {(row["source"], row["how"]): row["share_sum"] for row in rows}
    missed = len(seconds) - heard - healed
    assert {
        key: share * len(seconds) for key, share in shown.items() if key[0] == "x"
    } == pytest.approx(
        {("x", "covered"): heard, ("x", "covered later"): healed, ("x", "missed"): missed}
    )
    assert {key: share for key, share in shown.items() if key[0] != "x"} == {
        ("sample", "made up"): 1
    }


def test_what_was_recorded_has_no_record_of_coverage(viewer: Api) -> None:
    rows = viewer.rows("Covered", "2025-03-04T00:00:00 : 2025-03-06T00:00:00")

    assert {row["source"]: (row["how"], row["share_sum"]) for row in rows} == {
        "sample": ("made up", 1),
        "x": ("no record", 1),
    }
