"""What a driver waits for, what it ends of, and with which exit code; without Spark."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from spark_jobs.adapters import driver
from tidemark.errors import (
    EX_CONFIG,
    GapError,
    RefusedError,
    SecondDriverError,
    StreamError,
    TidemarkError,
    UnpreparedError,
    UnreachableError,
)
from tidemark.settings import Settings
from tidemark.stopped import read_stop_reason


class FakeStream:
    """Raises each of the errors in turn as it is opened; then it is open."""

    name = "posts"
    query = None

    def __init__(self, *errors: TidemarkError) -> None:
        self._errors = list(errors)
        self.calls: list[str] = []

    def open(self) -> None:
        self.calls.append("open")
        if self._errors:
            raise self._errors.pop(0)

    def start(self, session: Any) -> None: ...

    def check(self) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture(autouse=True)
def _no_spark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def start_session(*_: Any, **_named: Any) -> None:
        raise StreamError("a session was asked for")

    monkeypatch.setattr(driver, "start_session", start_session)
    monkeypatch.setattr(driver, "load", lambda: Settings(data_dir=tmp_path))
    monkeypatch.setattr(driver, "RETRY_EVERY_S", 0.001)
    monkeypatch.setattr(driver, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(sys, "argv", ["job"])
    monkeypatch.setattr("tidemark.log.configure", lambda *_: None)


@pytest.fixture(autouse=True)
def _handlers() -> Any:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GapError("records are missing"), EX_CONFIG),
        (SecondDriverError("another"), 1),
        (StreamError("Spark"), 1),
    ],
)
def test_only_what_needs_a_person_ends_with_the_code_that_starts_nothing_again(
    error: TidemarkError, code: int
) -> None:
    assert driver.main(lambda _: FakeStream(error)) == code


def test_what_may_come_by_itself_is_waited_for_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream = FakeStream(
        UnreachableError("no server"), RefusedError("no account yet"), UnpreparedError("no topic")
    )

    assert driver.main(lambda _: stream) == 1

    assert stream.calls == [*["open", "close"] * 3, "open", "close"]
    assert caplog.messages == [
        "waiting for servers: no server",
        "job stopped: a session was asked for",
    ]


@pytest.mark.parametrize(
    ("error", "code"), [(UnreachableError("no server"), 1), (RefusedError("no"), EX_CONFIG)]
)
def test_it_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch, error: TidemarkError, code: int
) -> None:
    monkeypatch.setattr(driver, "READY_WITHIN_S", 0.05)

    assert driver.main(lambda _: FakeStream(*[error] * 10_000)) == code


def test_told_to_stay_it_waits_to_be_stopped_where_it_needs_a_person_and_leaves_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["job", driver.STAY])
    words = []

    def stop_it() -> None:
        wait_until(lambda: read_stop_reason(tmp_path) is not None)
        words.append(read_stop_reason(tmp_path))
        os.kill(os.getpid(), signal.SIGTERM)

    stopping = threading.Thread(target=stop_it)
    stopping.start()

    assert driver.main(lambda _: FakeStream(GapError("records are missing"))) == EX_CONFIG
    stopping.join()
    assert words == ["records are missing"]
    assert driver.main(lambda _: FakeStream(StreamError("Spark"))) == 1
    assert read_stop_reason(tmp_path) is None
