"""How Jetstream is read: one connection to one of its hosts, from a cursor on."""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, reconnect

from producer.clock import Clock
from producer.sources.bluesky.hosts import Hosts
from producer.sources.bluesky.pulse import Pulse
from producer.transport.backoff import retry_after_s
from producer.transport.connection import RenewError, SilentError
from producer.transport.http_errors import RefusedError
from producer.transport.traffic import Traffic
from tidemark.errors import SourceError
from tidemark.settings import variable

log = logging.getLogger(__name__)

# It warns of each attempt that fails; those we log ourselves.
logging.getLogger("websockets").setLevel(logging.CRITICAL)

USER_AGENT: Final = "Tidemark"
_LOOK_S: Final = 0.2
_OPEN_S: Final = 10
_CLOSE_S: Final = 0.3
_MAX_MESSAGE_BYTES: Final = 16 << 20
"""A larger one ends the connection, and would again. Records of Bluesky have 1 MiB at most."""
_FATAL: Final = frozenset({301, 308, 400, 401, 403, 404, 405, 410, 426})
_EXPLANATION_CHARS: Final = 200


class Opened(NamedTuple):
    """A connection is open. asked_us: the cursor from which on we asked for messages."""

    at: int
    asked_us: int | None


class Received(NamedTuple):
    """A message, as it came."""

    at: int
    payload: bytes


class Alive(NamedTuple):
    """Nothing comes, as nothing is written: the host has answered a ping."""

    at: int


class _Connect(reconnect):
    """Opens a connection, and follows no redirection, as the library would."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Return the redirection as the error that it is to us."""
        return exc


class JetstreamClient:
    """See producer/transport/connection.py. Each connection is to the next host."""

    def __init__(
        self,
        hosts: Sequence[str],
        collections: Sequence[str],
        clock: Clock,
        resume_us: Callable[[], int | None],
        *,
        silent_s: float,
        renew_s: float,
    ) -> None:
        """Connect to `hosts` in turn.

        resume_us  called before each connection, from its thread; None requests what is written from now on
        """
        self._hosts = Hosts(hosts, clock)
        self._collections = list(collections)
        self._clock = clock
        self._resume_us = resume_us
        self._silent_s = silent_s
        self._renew_s = renew_s
        self._traffic = Traffic(silent_s)
        self._trusted = _trusted() if any(host.startswith("wss:") for host in hosts) else None
        self._is_closed = threading.Event()

    def read(self) -> Iterator[Opened | Received | Alive]:
        """Yield what one connection brings. RenewError where it was quiet for renew_s."""
        host = self._hosts.next()
        asked_us = self._resume_us()
        try:
            with _Connect(
                self._address(host, asked_us),
                ssl=self._trusted if host.startswith("wss:") else None,
                open_timeout=_OPEN_S,
                close_timeout=_CLOSE_S,
                ping_interval=None,  # Pulse pings where it is quiet
                max_size=_MAX_MESSAGE_BYTES,
                user_agent_header=USER_AGENT,
            ) as connection:
                self._hosts.clear_refusals()
                log.info("connected", extra={"source": "bluesky", "host": host})
                yield Opened(self._clock.now_us(), asked_us)
                yield from self._messages(connection)
        except InvalidStatus as error:
            raise self._refused(host, error.response) from None

    def hang_up(self) -> None:
        """End the connection at the next look, _LOOK_S from now."""
        self._is_closed.set()

    def wait_s(self) -> float:
        """Return how long all hosts want to be left alone."""
        return self._hosts.wait_s()

    def _messages(self, connection: ClientConnection) -> Iterator[Received | Alive]:
        received_at_s = self._clock.elapsed_s()
        pulse = Pulse(connection, received_at_s, self._silent_s)
        while not self._is_closed.is_set():
            try:
                payload = connection.recv(_LOOK_S, decode=False)
            except TimeoutError:
                now_s = self._clock.elapsed_s()
                is_due = self._traffic.is_due(now_s)
                if pulse.is_answered(now_s) and not is_due:
                    pulse.felt(now_s)
                    yield Alive(self._clock.now_us())
                if pulse.is_lost(now_s):
                    raise SilentError from None
                if now_s - received_at_s > self._renew_s and not is_due:
                    raise RenewError from None
                continue
            yield Received(self._clock.now_us(), payload)
            received_at_s = self._clock.elapsed_s()  # later where the loop held us back
            pulse.felt(received_at_s)
            self._traffic.came(received_at_s)

    def _address(self, host: str, asked_us: int | None) -> str:
        query = [("wantedCollections", name) for name in self._collections]
        if asked_us is not None:
            query.append(("cursor", str(asked_us)))
        return f"{host.rstrip('/')}/subscribe?{urlencode(query)}"

    def _refused(self, host: str, response: Response) -> Exception:
        """Return what the refusal of a host means: SourceError once all hosts refuse for good."""
        explanation = _explanation(response)
        if response.status_code not in _FATAL:
            wanted_s = retry_after_s(response.headers.get("Retry-After"), self._clock.now_us())
            self._hosts.leave_alone(host, wanted_s)
        elif (refusals := self._hosts.refuses(host, explanation)) is not None:
            return SourceError(
                f"no host of Bluesky gives us its stream: {refusals}; check {variable('bluesky', 'hosts')} "
                f"and {variable('bluesky', 'collections')}"
            )
        return RefusedError(f"{host}: {explanation}")


def _explanation(response: Response) -> str:
    """Return the status, and what the host says, on one line."""
    status = response.status_code
    text = " ".join(bytes(response.body or b"").decode(errors="replace").split())
    explanation = f"{status} {text[:_EXPLANATION_CHARS] or response.reason_phrase}"
    if 300 <= status < 400:
        address = response.headers.get("Location", "nowhere")[:200]
        explanation += f"; it redirects to {address}, where we do not follow"
    return explanation


def _trusted() -> ssl.SSLContext:
    """Return whom the machine trusts, and whom requests does: a slim machine has no
    certificates."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
