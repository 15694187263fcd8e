"""Signing in and out: a cookie is good until its owner signs out, and passwords are not to be
guessed."""

import copy

import psutil
import pytest
from dashboard_api import Api, RunningSuperset

CHARTS = "/api/v1/dashboard/tidemark/charts"


def nobody(superset: RunningSuperset) -> Api:
    return Api(superset.url, "", "")


def test_a_cookie_is_good_until_its_owner_signs_out_and_for_nobody_after(
    superset: RunningSuperset,
) -> None:
    viewer, thief = superset.browser("viewer"), nobody(superset)
    thief.session.cookies = copy.copy(viewer.session.cookies)
    other = superset.browser("viewer")
    assert [api.ask("GET", CHARTS).status_code for api in (viewer, thief, other)] == [200, 200, 200]

    viewer.ask("GET", "/logout/")

    assert [api.ask("GET", CHARTS).status_code for api in (viewer, thief, other)] == [401, 401, 200]


def test_who_has_signed_out_may_sign_in_again(superset: RunningSuperset) -> None:
    viewer = superset.browser("viewer")
    viewer.ask("GET", "/logout/")

    viewer.sign_in_by_form("viewer", superset.passwords["viewer"])

    assert viewer.ask("GET", CHARTS).status_code == 200


@pytest.mark.parametrize("way", ["form", "API"])
def test_a_name_whose_password_is_guessed_ten_times_is_refused_for_a_while(
    superset: RunningSuperset, way: str
) -> None:
    guesser = nobody(superset)

    def guess(password: str) -> int:
        if way == "form":
            return guesser.sign_in_by_form("somebody", password).status_code
        body = {"username": "anybody", "password": password, "provider": "db"}
        return guesser.ask("POST", "/api/v1/security/login", body).status_code

    answers = [guess(f"wrong {number}") for number in range(12)]

    assert answers == [302 if way == "form" else 401] * 10 + [429] * 2
    assert superset.browser("viewer").ask("GET", CHARTS).status_code == 200


def test_signing_in_often_is_no_guessing(superset: RunningSuperset) -> None:
    for _ in range(12):
        assert superset.api("viewer").ask("GET", CHARTS).status_code == 200


def test_a_restart_signs_nobody_out_and_nobody_in(superset: RunningSuperset) -> None:
    """The worker is killed, and gunicorn starts another; what is asked meanwhile waits for it."""
    viewer, signed_out, thief = (
        superset.browser("viewer"),
        superset.browser("viewer"),
        nobody(superset),
    )
    thief.session.cookies = copy.copy(signed_out.session.cookies)
    signed_out.ask("GET", "/logout/")

    worker(superset).kill()

    viewer.session.close()  # its connection is that of the worker
    assert [api.ask("GET", CHARTS).status_code for api in (viewer, thief)] == [200, 401]


def worker(superset: RunningSuperset) -> psutil.Process:
    """The process that answers: a child of that which was started, with the same command."""
    bind = f"--bind={superset.url.removeprefix('http://')}"
    found = [
        process
        for process in psutil.process_iter(["cmdline"])
        if bind in (process.info["cmdline"] or [])
    ]
    (answering,) = (
        process for process in found if process.ppid() in {other.pid for other in found}
    )
    return answering
