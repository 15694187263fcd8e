import pytest

from producer.transport.traffic import Traffic

SILENT_S = 30.0


def traffic_of(*times_s: float) -> Traffic:
    traffic = Traffic(SILENT_S)
    for at_s in times_s:
        traffic.came(at_s)
    return traffic


def steady(from_s: float, to_s: float, each_s: float) -> list[float]:
    return [from_s + number * each_s for number in range(int((to_s - from_s) / each_s))]


@pytest.mark.parametrize("each_s", [0.01, 1, 3])
def test_what_comes_all_the_time_is_due_and_stays_so_for_twenty_silences(each_s: float) -> None:
    traffic = traffic_of(*steady(1000, 1100, each_s))

    assert traffic.is_due(1100)
    assert traffic.is_due(1100 + 19 * SILENT_S)
    assert not traffic.is_due(1100 + 21 * SILENT_S)


@pytest.mark.parametrize(
    "times_s",
    [
        [],
        [1000],
        steady(1000, 1001, 0.001),  # a catch-up
        steady(1000, 1030, 1),  # not for long enough
        steady(1000, 4000, 10),
        [*steady(1000, 1030, 1), *steady(1200, 1230, 1)],
        [at_s for minute in range(0, 6000, 60) for at_s in steady(minute, minute + 20, 1)],
    ],
)
def test_what_comes_seldom_or_in_bursts_is_not(times_s: list[float]) -> None:
    assert not traffic_of(*times_s).is_due(max(times_s, default=0) + 1)


def test_some_seconds_without_any_make_no_difference() -> None:
    assert traffic_of(*steady(1000, 1040, 1), *steady(1046, 1100, 1)).is_due(1101)
