"""What every chart shows equals what plain Python counts in the posts, for any time range and
filter."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from chart_history import Post
from dashboard_api import Api, RunningSuperset

# From the middle of a minute to the middle of another; over each way that ranges are cut.
RANGES = {
    "minutes": ("2025-03-10T11:17:23", "2025-03-10T12:15:11"),
    "hours": ("2025-03-10T11:17:23", "2025-03-11T09:58:00"),
    "days": ("2025-03-05T11:17:23", "2025-03-12T13:33:33"),
    "weeks": ("2025-03-02T00:00:00", "2025-03-20T18:00:00"),
    "up to now": ("2025-03-12T09:09:09", "2999-01-01T00:00:00"),
}
ranges = pytest.mark.parametrize("span", RANGES.values(), ids=RANGES)


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.api("viewer")


def written_in(posts: list[Post], span: tuple[str, str]) -> list[Post]:
    """Posts of the full minutes of a range."""
    begin, end = map(datetime.fromisoformat, span)
    return [post for post in posts if begin <= post.at.replace(second=0) < end]


def used_in(posts: list[Post], span: tuple[str, str]) -> Counter[str]:
    return Counter(tag for post in written_in(posts, span) for tag in post.hashtags)


def as_range(span: tuple[str, str]) -> str:
    return " : ".join(span)


def assert_most_used(shown: dict[str, int], expected: Counter[str], limit: int) -> None:
    """The right counts for the right hashtags; which of equally used ones come in is left open."""
    assert shown == {tag: expected[tag] for tag in shown}
    assert sorted(shown.values(), reverse=True) == [
        count for _, count in expected.most_common(limit)
    ]


@ranges
def test_totals_count_each_post_and_use_once(
    viewer: Api, posts: list[Post], span: tuple[str, str]
) -> None:
    expected = written_in(posts, span)

    assert viewer.rows("Posts", as_range(span)) == [{"posts_sum": len(expected)}]
    assert viewer.rows("Hashtag uses", as_range(span)) == [
        {"hashtag_uses_sum": used_in(posts, span).total()}
    ]


@ranges
@pytest.mark.parametrize(("chart", "limit"), [("Top hashtags", 15), ("Hashtag cloud", 50)])
def test_the_most_used_hashtags_have_their_exact_counts(
    viewer: Api, posts: list[Post], span: tuple[str, str], chart: str, limit: int
) -> None:
    shown = {row["hashtag"]: row["uses_sum"] for row in viewer.rows(chart, as_range(span))}

    assert_most_used(shown, used_in(posts, span), limit)


def test_no_time_filter_shows_all_there_is(viewer: Api, posts: list[Post]) -> None:
    expected = Counter(tag for post in posts for tag in post.hashtags)

    shown = {row["hashtag"]: row["uses_sum"] for row in viewer.rows("Top hashtags", "No filter")}

    assert_most_used(shown, expected, 15)
    assert viewer.rows("Posts", "No filter") == [{"posts_sum": len(posts)}]


def test_a_source_filter_counts_that_source_alone(viewer: Api, posts: list[Post]) -> None:
    expected = used_in([post for post in posts if post.source == "sample"], RANGES["days"])

    shown = viewer.rows("Top hashtags", as_range(RANGES["days"]), source=["sample"])

    assert_most_used({row["hashtag"]: row["uses_sum"] for row in shown}, expected, 15)


def test_a_hashtag_filter_shows_these_however_rare_and_however_spelt(
    viewer: Api, posts: list[Post]
) -> None:
    asked = ["o'brien", "back\\slash", "100%", "{{ 7 * 7 }}", "🌊", "رمضان", "rare17", "never used"]
    expected = used_in(posts, RANGES["weeks"])

    shown = viewer.rows("Top hashtags", as_range(RANGES["weeks"]), hashtag=asked)

    assert {row["hashtag"]: row["uses_sum"] for row in shown} == {
        tag: expected[tag] for tag in asked if expected[tag]
    }


@pytest.mark.parametrize(
    ("span", "start"),
    [
        (RANGES["minutes"], lambda at: at.replace(second=0)),
        (RANGES["days"], lambda at: at.replace(second=0, minute=0)),
        (RANGES["weeks"], lambda at: at.replace(second=0, minute=0, hour=0)),
    ],
    ids=["by the minute", "by the hour", "by the day"],
)
def test_the_trend_has_the_grain_of_its_range(
    viewer: Api, posts: list[Post], span: tuple[str, str], start: Callable[[datetime], datetime]
) -> None:
    top = {row["hashtag"] for row in viewer.rows("Top hashtags", as_range(span))[:8]}
    begin, end = map(datetime.fromisoformat, span)
    expected = Counter(
        (start(post.at), tag)
        for post in posts
        if begin <= start(post.at) < end
        for tag in post.hashtags
    )

    rows = viewer.rows("Hashtag trend", as_range(span))

    shown = {
        (datetime.fromtimestamp(row["at"] / 1000, UTC).replace(tzinfo=None), row["hashtag"]): row[
            "uses_sum"
        ]
        for row in rows
    }
    assert {tag for _, tag in shown} == top
    assert {key: uses for key, uses in shown.items() if uses} == {
        key: uses for key, uses in expected.items() if key[1] in top
    }


@ranges
def test_posts_per_minute_add_up_to_the_posts(
    viewer: Api, posts: list[Post], span: tuple[str, str]
) -> None:
    rows = viewer.rows("Posts per minute", as_range(span))

    starts = sorted({row["at"] for row in rows})
    begin, end = (datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() for at in span)
    assert starts[0] >= begin * 1000
    assert {row["series"] for row in rows} <= {"x", "x, partly covered", "sample"}
    if span == RANGES["weeks"]:  # whole days but for the last, of 18 hours
        minutes = {at: 18 * 60 if at + 86_400_000 > end * 1000 else 1440 for at in starts}
        total = sum(row["rate"] * minutes[row["at"]] for row in rows)
        assert total == pytest.approx(len(written_in(posts, span)))
