"""One connection at a time, read in a thread, and opened again until it is closed."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

import requests
import urllib3
from websockets.exceptions import WebSocketException

from producer.clock import Clock
from producer.sources.base.signals import Activity, Disconnected
from producer.transport.backoff import Backoff
from producer.transport.http_errors import RefusedError
from producer.transport.inbox import Inbox
from tidemark.contracts.coverage import Cause

log = logging.getLogger(__name__)

BROKEN: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
    WebSocketException,
)
"""What is raised where a connection breaks, or cannot be made."""
HEALTHY_S: Final = 60.0
"""A connection that lasted for so long makes the waits short again."""
_JOIN_S: Final = 0.5
_REASON_CHARS: Final = 300

MessageT_co = TypeVar("MessageT_co", covariant=True)
MessageT = TypeVar("MessageT")


class SilentError(Exception):
    """Raised by a client where a connection stands and brings nothing, no heartbeat either."""


class RenewError(Exception):
    """Raised by a client that wants another connection at once, without a wait or a gap."""


class Client(Protocol[MessageT_co]):
    """How one service is read. Everything but hang_up is called from the connection's thread."""

    def read(self) -> Iterator[MessageT_co]:
        """Open a connection, yield what it brings, return when the other side ends it.

        The first message should make the source report Connected. Called again for each
        connection: it asks to resume after what it yielded last. RefusedError where the service
        refuses for now (Cause REFUSED, and its wait_s is waited at least), SilentError or a read
        timeout of requests (SILENCE), RenewError, any of BROKEN (CUT). Any other error ends the
        source: SourceError where trying again cannot help.
        """
        ...

    def hang_up(self) -> None:
        """End the connection that the thread is reading, at once; called from another thread, also
        where there is none."""
        ...


class Connection(Generic[MessageT]):
    """Puts what the client yields into the inbox, and a Disconnected as each connection ends.

    After the loop has held it back for long it adds an Activity: until then nothing was read, so
    that a silence counts from there.

        inbox: Inbox[Frame | Activity | Disconnected] = Inbox()
        connection = Connection("guestbook", client, inbox, clock, backoff=Backoff())
        connection.start()
        while True:
            message = inbox.get(IDLE_S)      # raises what ended the thread
            ...
        connection.close()
    """

    def __init__(
        self,
        name: str,
        client: Client[MessageT],
        inbox: Inbox[MessageT | Activity | Disconnected],
        clock: Clock,
        *,
        backoff: Backoff,
        healthy_s: float = HEALTHY_S,
        channel: str = "",
        scrubbed: Callable[[str], str] = str,
        at_least_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Prepare a connection, without opening it.

        name, channel  of the source and its channel, for signals, logs and the thread
        scrubbed    takes secrets out of the words of an error (Refusals.scrubbed)
        at_least_s  asked before each wait: no other connection is opened sooner
        """
        self._name = name
        self._channel = channel
        self._client = client
        self._inbox = inbox
        self._clock = clock
        self._backoff = backoff
        self._healthy_s = healthy_s
        self._scrubbed = scrubbed
        self._at_least_s = at_least_s
        self._thread = threading.Thread(
            target=self._run, name=f"{name} {channel}".strip(), daemon=True
        )

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def close(self, timeout_s: float = _JOIN_S) -> None:
        """Close the inbox, end the connection, and wait for the thread, for timeout_s at most."""
        self._inbox.close()
        self._client.hang_up()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._inbox.stopped.is_set():
            opened_at_s = self._clock.elapsed_s()
            try:
                end = self._read()
            except RenewError:
                continue
            except Exception as error:  # ends the source, and not only this thread
                self._inbox.put(error)
                return
            self._inbox.put(Disconnected(self._clock.now_us(), end.cause, self._channel))
            if self._clock.elapsed_s() - opened_at_s >= self._healthy_s:
                self._backoff.reset()
            self._wait(end)

    def _read(self) -> "_End":
        """Read one connection to its end; return what ended it."""
        try:
            for message in self._client.read():
                if self._inbox.put(message):
                    self._inbox.put(Activity(self._clock.now_us(), channel=self._channel))
                if self._inbox.stopped.is_set():
                    break
        except RefusedError as refusal:
            return _End(Cause.REFUSED, str(refusal), refusal.wait_s)
        except (SilentError, requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
            return _End(Cause.SILENCE, "nothing came for too long")
        except BROKEN as error:
            return _End(Cause.CUT, f"{type(error).__name__}: {error}")
        return _End(Cause.CUT, "the other side ended the connection")

    def _wait(self, end: "_End") -> None:
        wait_s = max(self._backoff.next_s(), end.wait_s, self._at_least_s())
        if self._inbox.stopped.is_set():
            return
        channel = {"channel": self._channel} if self._channel else {}
        fields = {
            "source": self._name,
            **channel,
            "why": end.cause,
            "reason": self._scrubbed(end.reason)[:_REASON_CHARS],
            "wait_s": round(wait_s, 1),
        }
        log.info("reconnecting", extra=fields)
        self._inbox.stopped.wait(wait_s)


class _End(NamedTuple):
    """How a connection ended."""

    cause: Cause
    reason: str
    wait_s: float = 0.0
