"""Ranges in words, as the filter bar shows them."""

import pytest
from time_words import bounds_in_words


@pytest.mark.parametrize(
    ("time_range", "bounds"),
    [
        ("DATEADD(DATETIME('now'), -1, hour) : now", ("1 hour ago", "now")),
        ("DATEADD(DATETIME('now'), -30, minute) : now", ("30 minutes ago", "now")),
        ("DATEADD(DATETIME('today'), -1, hour) : now", ("since", "until")),
        ("Last day", ("since", "until")),
        ("2025-03-10T12:00:00 : now", ("since", "until")),
    ],
)
def test_a_range_up_to_now_has_words_for_its_bounds(
    time_range: str, bounds: tuple[str, str]
) -> None:
    found = {"since": "since", "until": "until", "timeRange": time_range, "shift": None}

    shown = bounds_in_words(found)

    assert (shown["since"], shown["until"]) == bounds
    assert shown["timeRange"] == time_range


def test_a_shifted_range_keeps_its_instants() -> None:
    found = {
        "since": "since",
        "until": "until",
        "timeRange": "DATEADD(DATETIME('now'), -1, hour) : now",
        "shift": "1 day ago",
    }

    assert bounds_in_words(found) == found
