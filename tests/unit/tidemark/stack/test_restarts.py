"""When a server that has ended is started again."""

from tidemark.errors import EX_CONFIG
from tidemark.stack.embedded.restarts import STEADY_S, Restarts


def test_each_wait_is_twice_the_one_before_and_the_sixth_end_is_the_last() -> None:
    restarts = Restarts()

    assert [restarts.wait_s(1, up_s=0) for _ in range(6)] == [1, 2, 4, 8, 16, None]


def test_a_signal_is_an_end_like_any_other() -> None:
    assert Restarts().wait_s(-9, up_s=5) == 1


def test_what_needs_a_person_is_not_started_again_however_long_it_was_up() -> None:
    restarts = Restarts()

    assert restarts.wait_s(EX_CONFIG, up_s=2 * STEADY_S) is None
    assert restarts.tries == 0


def test_who_was_up_for_long_has_all_its_tries_again() -> None:
    restarts = Restarts()
    for _ in range(5):
        restarts.wait_s(1, up_s=STEADY_S - 1)

    assert [restarts.wait_s(1, up_s=up_s) for up_s in (STEADY_S, 0)] == [1, 2]
