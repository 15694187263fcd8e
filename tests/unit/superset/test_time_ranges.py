"""Ranges cut into rollups: each minute of a range is in exactly one span, and long ranges take
few."""

import random
from datetime import datetime, timedelta

import pytest
from chart_sql.time_ranges import Span, covering, instant, midpoint, series_span, spans

NOW = datetime(2026, 11, 21, 10, 17, 23)
FULL_MINUTE = datetime(2026, 11, 21, 10, 18)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}")


def test_an_hour_is_read_by_the_minute() -> None:
    assert spans(NOW - timedelta(hours=1), NOW, NOW) == [
        Span("minute", at("11-21T09:18"), FULL_MINUTE)
    ]


def test_a_day_up_to_now_is_hours_behind_a_head_of_minutes() -> None:
    assert spans(NOW - timedelta(days=1), NOW, NOW) == [
        Span("minute", at("11-20T10:18"), at("11-20T11:00")),
        Span("hour", at("11-20T11:00"), at("11-21T11:00")),
    ]


def test_a_week_up_to_now_is_days_behind_hours_behind_minutes() -> None:
    assert spans(NOW - timedelta(days=7), NOW, NOW) == [
        Span("minute", at("11-14T10:18"), at("11-14T11:00")),
        Span("hour", at("11-14T11:00"), at("11-15T00:00")),
        Span("day", at("11-15T00:00"), at("11-22T00:00")),
    ]


def test_a_range_that_is_over_has_a_tail_too() -> None:
    assert spans(at("11-03T23:00"), at("11-07T02:03"), NOW) == [
        Span("hour", at("11-03T23:00"), at("11-04T00:00")),
        Span("day", at("11-04T00:00"), at("11-07T00:00")),
        Span("hour", at("11-07T00:00"), at("11-07T02:00")),
        Span("minute", at("11-07T02:00"), at("11-07T02:03")),
    ]


def test_no_filter_is_all_days() -> None:
    assert spans(None, None, NOW) == [Span("day", None, None)]


def test_an_open_end_needs_no_tail() -> None:
    assert spans(at("11-01T00:00"), None, NOW) == [Span("day", at("11-01T00:00"), None)]


def test_spans_lie_end_to_end_over_the_full_minutes_of_the_range() -> None:
    for seed in range(300):
        chance = random.Random(seed)
        length = timedelta(seconds=chance.randrange(60, 10 ** chance.randrange(3, 8)))
        begin = NOW - timedelta(seconds=chance.randrange(10**7)) - length
        end = begin + length

        found = spans(begin, end, NOW)

        assert found[0].from_at == ceil_minute(begin), seed
        assert [span.to_at for span in found[:-1]] == [span.from_at for span in found[1:]], seed
        assert found[-1].to_at == ceil_minute(end), seed
        assert all(span.from_at and span.to_at and span.from_at < span.to_at for span in found)
        assert all(is_whole(span) for span in found), seed
        assert sum(buckets(span) for span in found) <= 60 + 24 + length.days + 24 + 60, seed


def ceil_minute(moment: datetime) -> datetime:
    return moment if not moment.second else moment.replace(second=0) + timedelta(minutes=1)


def is_whole(span: Span) -> bool:
    """Both ends are starts of the span's own buckets."""
    assert span.from_at
    assert span.to_at
    zero = {
        "minute": ("second",),
        "hour": ("second", "minute"),
        "day": ("second", "minute", "hour"),
    }[span.grain]
    return not any(getattr(end, unit) for end in (span.from_at, span.to_at) for unit in zero)


def buckets(span: Span) -> int:
    assert span.from_at
    assert span.to_at
    length = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}[
        span.grain
    ]
    return (span.to_at - span.from_at) // length


@pytest.mark.parametrize(
    ("length", "grain"),
    [
        (timedelta(hours=6), "minute"),
        (timedelta(hours=6, seconds=1), "hour"),
        (timedelta(days=14), "hour"),
        (timedelta(days=14, seconds=1), "day"),
    ],
)
def test_a_line_has_the_grain_of_its_range(length: timedelta, grain: str) -> None:
    assert series_span(NOW - length, NOW, NOW).grain == grain


def test_a_line_by_the_minute_ends_before_the_running_minute() -> None:
    assert series_span(NOW - timedelta(hours=1), NOW, NOW).to_at == at("11-21T10:17")


def test_a_line_without_a_range_is_by_the_day() -> None:
    assert series_span(None, None, NOW) == Span("day", None, None)


def test_the_midpoint_is_inside_any_range() -> None:
    assert midpoint("2026-11-21T09:00:00", "2026-11-21T10:00:01") == "2026-11-21 09:30:00"
    assert midpoint("2026-11-21T09:00:00", None) > "2026-11-21"
    assert midpoint(None, "2026-11-21T09:00:00") < "2026-11-21"


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(minutes=20), Span("minute", at("11-21T09:57"), FULL_MINUTE)),
        (timedelta(hours=2), Span("hour", at("11-21T08:00"), at("11-21T11:00"))),
        (timedelta(days=2), Span("day", at("11-19T00:00"), at("11-22T00:00"))),
    ],
)
def test_a_range_is_covered_by_whole_buckets(length: timedelta, expected: Span) -> None:
    assert covering(NOW - length, NOW, NOW) == expected


def test_no_range_is_covered_by_all_days() -> None:
    assert covering(None, None, NOW) == Span("day", None, None)


def test_an_empty_range_has_one_part_and_that_has_no_rows() -> None:
    noon = datetime(2025, 3, 10, 12)

    assert spans(noon, noon, datetime(2025, 3, 11)) == [Span("minute", noon, noon)]
    within = spans(noon.replace(second=10), noon.replace(second=20), datetime(2025, 3, 11))
    assert within == [Span("minute", noon.replace(minute=1), noon.replace(minute=1))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2025-03-10T12:00:00", datetime(2025, 3, 10, 12)),
        ("0001-01-01T00:00:00", datetime(1000, 1, 1)),
        ("9999-12-31T23:59:59", datetime(9998, 12, 31)),
        ("", None),
        (None, None),
    ],
)
def test_an_instant_is_one_that_servers_and_python_can_reckon_with(
    text: str | None, found: datetime | None
) -> None:
    assert instant(text) == found
