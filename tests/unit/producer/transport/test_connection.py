"""A connection whose client plays a script: each entry is what one connection brings, and how it ends."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from producer.clock import SystemClock
from producer.sources.base.signals import Activity, Disconnected
from producer.transport.backoff import Backoff
from producer.transport.connection import Connection, RenewError, SilentError
from producer.transport.http_errors import Refusals, RefusedError
from producer.transport.inbox import Inbox
from tidemark.contracts.coverage import Cause
from tidemark.errors import SourceError

PATIENCE_S = 10

Script = Sequence[tuple[Sequence[str], Exception | None]]
Message = str | Activity | Disconnected


class Played:
    """Stays in the last connection until it is hung up."""

    def __init__(self, script: Script) -> None:
        self._connections = iter(script)
        self._hung_up = threading.Event()

    def read(self) -> Iterator[str]:
        messages, end = next(self._connections, ((), None))
        yield from messages
        if end is not None:
            raise end
        if not messages:
            self._hung_up.wait(PATIENCE_S)

    def hang_up(self) -> None:
        self._hung_up.set()


def connection_of(
    script: Script, inbox: Inbox[Message], *, secrets: Sequence[str] = ()
) -> Connection[Message]:
    return Connection(
        "played",
        Played(script),
        inbox,
        SystemClock(),
        backoff=Backoff(0.01, 0.01),
        scrubbed=Refusals("it", {}, secrets=secrets).scrubbed,
    )


def received(inbox: Inbox[Message], count: int) -> list[Message | Cause]:
    """The next messages; of a Disconnected its cause."""
    deadline = time.monotonic() + PATIENCE_S
    found: list[Message | Cause] = []
    while len(found) < count:
        assert time.monotonic() < deadline, found
        message = inbox.get(0.1)
        if message is not None:
            found.append(message.cause if isinstance(message, Disconnected) else message)
    return found


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (None, Cause.CUT),
        (OSError("reset"), Cause.CUT),
        (RefusedError("busy"), Cause.REFUSED),
        (SilentError(), Cause.SILENCE),
    ],
)
def test_a_connection_that_ends_is_reported_with_its_cause_and_opened_again(
    end: Exception | None, cause: Cause
) -> None:
    inbox: Inbox[Message] = Inbox()
    with closing(connection_of([(["a", "b"], end), (["c"], None)], inbox)) as connection:
        connection.start()

        assert received(inbox, 5) == ["a", "b", cause, "c", Cause.CUT]


def test_a_connection_that_is_renewed_is_not_reported_as_ended() -> None:
    inbox: Inbox[Message] = Inbox()
    with closing(connection_of([(["a"], RenewError()), (["b"], None)], inbox)) as connection:
        connection.start()

        assert received(inbox, 3) == ["a", "b", Cause.CUT]


def test_an_error_that_trying_again_cannot_help_ends_the_source() -> None:
    inbox: Inbox[Message] = Inbox()
    with closing(connection_of([(["a"], SourceError("no credit"))], inbox)) as connection:
        connection.start()

        assert received(inbox, 1) == ["a"]
        with pytest.raises(SourceError, match="no credit"):
            received(inbox, 1)


def test_it_waits_as_long_as_the_service_asks_and_logs_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    inbox: Inbox[Message] = Inbox()
    script: Script = [(["a"], RefusedError("not for s3cret", wait_s=0.3)), (["b"], None)]
    with closing(connection_of(script, inbox, secrets=["s3cret"])) as connection:
        connection.start()
        assert received(inbox, 2) == ["a", Cause.REFUSED]
        began_s = time.monotonic()
        assert received(inbox, 1) == ["b"]

    assert time.monotonic() - began_s > 0.2
    reasons = [vars(record)["reason"] for record in caplog.records]
    assert reasons[0] == "not for [token]"


def test_after_it_was_held_back_it_reports_that_nothing_was_read_until_then() -> None:
    inbox: Inbox[Message] = Inbox(1)
    with closing(connection_of([(["a", "b"], None)], inbox)) as connection:
        connection.start()
        threading.Event().wait(0.5)  # as a loop that waits for Kafka
        freed_at = time.time_ns() // 1000
        first, second, activity = received(inbox, 3)

    assert (first, second) == ("a", "b")
    assert isinstance(activity, Activity)
    assert activity.at >= freed_at


def test_it_closes_while_it_is_held_back() -> None:
    inbox: Inbox[Message] = Inbox(1)
    connection = connection_of([(["a", "b", "c"], None)], inbox)
    connection.start()
    began_s = time.monotonic()

    connection.close()

    assert time.monotonic() - began_s < 2
