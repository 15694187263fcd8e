"""What the charts of engagement show equals what plain Python counts, for any range and filter."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from dashboard_api import Api, RunningSuperset
from engagement_history import Observed, make_observations

RANGES = {
    "an hour": ("2025-03-10T10:00:00", "2025-03-10T11:00:00"),
    "some hours": ("2025-03-10T02:00:00", "2025-03-10T11:00:00"),
    "days": ("2025-03-09T20:00:00", "2025-03-12T00:00:00"),
    "weeks": ("2025-03-01T00:00:00", "2025-03-21T00:00:00"),
}
GRAINS = dict(zip(RANGES, (10, 60, 3_600, 86_400), strict=True))
FILTERS: dict[str, dict[str, list[str]]] = {
    "all": {},
    "one source": {"source": ["mastodon"]},
    "queries": {"query": ["o'cats", "100% naïve"]},
    "both": {"source": ["x"], "query": ["cats", "never"]},
}
spans = pytest.mark.parametrize("name", RANGES)
filters = pytest.mark.parametrize("given", FILTERS.values(), ids=FILTERS)


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.api("viewer")


def chosen(given: dict[str, list[str]]) -> list[Observed]:
    observed = sorted(make_observations(), key=lambda one: one.at)
    return [
        one
        for one in observed
        if all(getattr(one, column) in values for column, values in given.items())
    ]


def between(observed: list[Observed], name: str) -> list[Observed]:
    begin, end = map(datetime.fromisoformat, RANGES[name])
    return [one for one in observed if begin <= one.at < end]


@spans
@filters
def test_days_have_each_post_and_author_once_as_they_stood_last(
    viewer: Api, name: str, given: dict[str, list[str]]
) -> None:
    begin, end = map(datetime.fromisoformat, RANGES[name])
    posts, authors = {}, {}
    for one in chosen(given):
        if begin.date() <= one.at.date() and one.at.date() <= (end - timedelta(seconds=1)).date():
            of_day = one.at.date(), one.source, one.query
            posts[*of_day, one.post_id] = one
            authors[*of_day, one.author_id] = one.followers

    def shown(chart: str) -> int:
        (row,) = viewer.rows(chart, " : ".join(RANGES[name]), **given)
        return int(next(iter(row.values())))

    assert shown("Posts observed") == len(posts)
    assert shown("Likes of a day") == sum(one.likes for one in posts.values())
    assert shown("Reposts of a day") == sum(one.reposts for one in posts.values())
    assert shown("Followers reached") == sum(authors.values())


@spans
@filters
def test_windows_have_what_counts_grew_by(
    viewer: Api, name: str, given: dict[str, list[str]]
) -> None:
    series = defaultdict(list)
    for one in chosen(given):
        series[one.source, one.query, one.post_id].append(one)
    grown: dict[datetime, int] = defaultdict(int)
    for before, one in (pair for seen in series.values() for pair in pairwise(seen)):
        start = one.at - (one.at - datetime(1970, 1, 1)) % timedelta(seconds=GRAINS[name])
        if one in between([one], name):
            grown[start] += one.likes - before.likes

    rows = viewer.rows("Growth in 10-second windows", " : ".join(RANGES[name]), **given)
    shown = {
        datetime(1970, 1, 1) + timedelta(milliseconds=row["at"]): int(row["more_likes_sum"])
        for row in rows
    }

    assert {at: likes for at, likes in shown.items() if likes} == {
        at: likes for at, likes in grown.items() if likes
    }


@spans
@filters
def test_the_posts_that_grow_fastest_are_ranked_by_what_they_grew(
    viewer: Api, name: str, given: dict[str, list[str]]
) -> None:
    series = defaultdict(list)
    for one in between(chosen(given), name):
        series[one.post_id].append(one)
    grown = {
        post_id: (seen[-1].likes - seen[0].likes, seen[-1].reposts - seen[0].reposts)
        for post_id, seen in series.items()
    }
    growing = {post_id: more for post_id, more in grown.items() if sum(more) > 0}

    rows = viewer.rows("Posts that grow fastest", " : ".join(RANGES[name]), **given)
    shown = {row["post_id"]: (int(row["more_likes"]), int(row["more_reposts"])) for row in rows}

    best = sorted(growing, key=lambda post_id: -sum(growing[post_id]))[:30]
    expected = sorted((growing[post_id] for post_id in best), reverse=True)[:10]
    assert shown == {post_id: growing[post_id] for post_id in shown}
    assert sorted((more[0] for more in shown.values()), reverse=True) == [
        more[0] for more in expected
    ]
