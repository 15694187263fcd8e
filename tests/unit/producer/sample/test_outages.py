"""Outages of made-up networks: what is missing, what arrives later, and what is reported of it."""

import json
from collections import Counter
from itertools import groupby
from typing import Any

import pytest
from made_up_hour import LIVE_FROM_S, LIVE_S, PAST_S, Sent, sent_by

from tidemark.contracts.topics import COVERAGE

NETWORKS = ("bluesky", "mastodon", "wikimedia")
SECONDS = range(LIVE_FROM_S - PAST_S, LIVE_FROM_S + LIVE_S)
US = 1_000_000


@pytest.fixture(scope="module", params=NETWORKS)
def sent(request: pytest.FixtureRequest) -> list[Sent]:
    return list(sent_by([request.param]))


def reports(sent: list[Sent]) -> list[tuple[int, dict[str, Any]]]:
    """Return the second and the payload of each coverage record."""
    return [(second, json.loads(event.value)) for second, topic, event in sent if topic is COVERAGE]


def gaps(sent: list[Sent]) -> list[dict[str, Any]]:
    """Return each gap as it was reported last, by its start."""
    last = {report["began_at"]: report for _, report in reports(sent) if "began_at" in report}
    return [gap for _, gap in sorted(last.items())]


def written_at_s(event_id: str) -> int:
    """Return when a status was written, which its id says."""
    return (int(event_id.rpartition("/")[2].partition("@")[0]) >> 16) // 1000


def test_every_second_is_covered_or_in_a_gap_and_none_is_both(sent: list[Sent]) -> None:
    found: Counter[int] = Counter()
    for _, report in reports(sent):
        if "from_at" in report:
            found.update(range(report["from_at"] // US, report["to_at"] // US))
    for gap in gaps(sent):
        found.update(range(gap["began_at"] // US, gap["ended_at"] // US))

    assert {found[second] for second in SECONDS[:-10]} == {1}


def test_the_past_and_the_first_minutes_have_gaps_of_both_kinds() -> None:
    found = [gap for network in NETWORKS for gap in gaps(list(sent_by([network], rate=1)))]
    past = {gap["state"] for gap in found if gap["began_at"] < LIVE_FROM_S * US}
    live = {gap["state"] for gap in found if gap["began_at"] >= LIVE_FROM_S * US}

    assert past == live == {"healed", "lost"}
    assert len({gap["why"] for gap in found}) > 2


def test_a_gap_is_reported_as_open_before_it_ends(sent: list[Sent]) -> None:
    told = sorted(
        (report["began_at"], second, report["state"])
        for second, report in reports(sent)
        if "state" in report
    )

    for began_at, both in groupby(told, key=lambda gap: gap[0]):
        (_, opened_s, first), (_, closed_s, last) = both
        assert (first, last in ("healed", "lost")) == ("open", True)
        assert began_at // US < opened_s < closed_s


def test_nothing_arrives_in_a_gap_and_what_was_missed_arrives_at_its_end_or_never() -> None:
    sent = list(sent_by(["mastodon"]))
    statuses = [
        (second, written_at_s(event.event_id))
        for second, topic, event in sent
        if topic is not COVERAGE and event.event_id and event.event_id.endswith("@")
    ]

    assert len(gaps(sent)) == 3
    for gap in gaps(sent):
        began_s, ended_s = gap["began_at"] // US, gap["ended_at"] // US
        assert not [second for second, _ in statuses if began_s <= second < ended_s]
        late = [second for second, written_s in statuses if began_s <= written_s < ended_s]
        assert set(late) == ({ended_s} if gap["state"] == "healed" else set())


def test_a_healed_gap_says_how_many_events_came_later(sent: list[Sent]) -> None:
    arrived = Counter(second for second, topic, _ in sent if topic is not COVERAGE)
    usual = max(arrived[gap["ended_at"] // US + 1] for gap in gaps(sent))

    for gap in gaps(sent):
        at_its_end = arrived[gap["ended_at"] // US]
        if gap["state"] == "healed":
            assert gap["events"] > 20
            assert gap["events"] <= at_its_end <= gap["events"] + usual + 8
        else:
            assert gap["events"] == 0
            assert at_its_end <= usual + 8
