import itertools

import pytest

from producer.transport.backoff import Backoff, retry_after_s


def test_it_waits_longer_each_time_up_to_the_last() -> None:
    longest = Backoff(1.0, 10.0, random=lambda: 1.0)

    assert [longest.next_s() for _ in range(6)] == [2, 4, 8, 10, 10, 10]


def test_it_never_waits_less_than_the_first() -> None:
    shortest = Backoff(1.0, 60.0, random=lambda: 0.0)

    assert [shortest.next_s() for _ in range(6)] == [1] * 6


def test_chance_takes_anything_between() -> None:
    chances = itertools.cycle([0.0, 0.5, 1.0])

    backoff = Backoff(1.0, 60.0, random=lambda: next(chances))

    assert [backoff.next_s() for _ in range(4)] == [1, 2.5, 8, 1]


def test_reset_it_begins_anew() -> None:
    backoff = Backoff(1.0, 60.0, random=lambda: 1.0)
    for _ in range(5):
        backoff.next_s()

    backoff.reset()

    assert backoff.next_s() == 2


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        ("1.5", 1.5),
        ("-3", 0),
        ("99999999", 3600),
        ("nan", 0),
        ("soon", 0),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0),
        ("Sat, 99 Nov 2026 10:00:30 GMT", 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, wait_s: float) -> None:
    now_us = 1_795_255_200_000_000  # 2026-11-21T10:00:00Z

    assert retry_after_s(header, now_us) == wait_s
