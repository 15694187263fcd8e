"""What is tried again, how often, and what is not."""

import threading

import pytest
from mysql.connector import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

from spark_jobs.merging import retries as retries_module
from spark_jobs.merging.retries import Retries, is_passing
from tidemark.errors import MysqlAwayError, StreamError

DEADLOCK = DatabaseError("Deadlock found when trying to get lock", errno=1213)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries_module, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(retries_module, "LONGEST_WAIT_S", 0.01)


class Work:
    """Fails with each of the errors in turn, then succeeds; `done` tells what was called."""

    def __init__(self, *errors: Exception, recovering: tuple[Exception, ...] = ()) -> None:
        self._errors = list(errors)
        self._recovering = list(recovering)
        self.done: list[str] = []

    def work(self) -> None:
        self.done.append("work")
        if self._errors:
            raise self._errors.pop(0)

    def recover(self) -> None:
        self.done.append("recover")
        if self._recovering:
            raise self._recovering.pop(0)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (DEADLOCK, True),
        (DatabaseError("Lock wait timeout exceeded", errno=1205), True),
        (OperationalError("MySQL Connection not available."), True),
        (OperationalError("Lost connection to MySQL server during query", errno=2013), True),
        (InterfaceError("Can't connect to MySQL server", errno=2003), True),
        (OperationalError("Connection was killed", errno=1927), True),
        (DatabaseError("Server shutdown in progress", errno=1053), True),
        (MysqlAwayError("Socket error"), True),
        (InternalError("Unread result found"), False),
        (ProgrammingError("Table doesn't exist", errno=1146), False),
        (ProgrammingError("Access denied", errno=1045), False),
        (StreamError("something else"), False),
    ],
)
def test_what_passes_is_told_from_what_needs_somebody(error: Exception, passes: bool) -> None:
    assert is_passing(error) is passes


def test_work_that_succeeds_is_done_once_and_nothing_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work()

    Retries(threading.Event(), "posts").run(work.work, work.recover)

    assert work.done == ["work"]
    assert caplog.messages == []


def test_what_fails_in_passing_is_done_again_after_it_was_recovered_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    away = InterfaceError("Can't connect to MySQL server", errno=2003)
    work = Work(
        DEADLOCK, OperationalError("MySQL Connection not available."), recovering=(away, away)
    )

    Retries(threading.Event(), "posts").run(work.work, work.recover)

    assert work.done == ["work", "recover", "recover", "recover", "work", "recover", "work"]
    assert caplog.messages == [
        "transient MySQL error; retrying the batch",
        "batch merged after retries",
    ]


def test_where_patience_is_over_it_is_an_error_that_says_so() -> None:
    work = Work(*[DEADLOCK] * 1_000)

    with pytest.raises(
        StreamError, match=r"took no batch for 0 s, and nothing of it is stored: 1213.*Deadlock"
    ):
        Retries(threading.Event(), "posts", patience_s=0.1).run(work.work, work.recover)

    assert 3 < len(work.done) < 200


def test_what_does_not_pass_is_raised_at_once_also_from_recovering() -> None:
    refused = ProgrammingError("Access denied", errno=1045)
    at_once, later = Work(refused), Work(DEADLOCK, recovering=(refused,))

    for work in (at_once, later):
        with pytest.raises(ProgrammingError):
            Retries(threading.Event(), "posts").run(work.work, work.recover)

    assert at_once.done == ["work"]
    assert later.done == ["work", "recover"]


def test_a_job_that_is_stopped_does_not_wait() -> None:
    stop = threading.Event()
    stop.set()
    work = Work(DEADLOCK)

    with pytest.raises(DatabaseError):
        Retries(stop, "posts").run(work.work, work.recover)

    assert work.done == ["work"]
