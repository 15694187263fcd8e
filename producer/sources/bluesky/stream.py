"""Reads Jetstream in a thread of its own: connects to the hosts in turn, and queues what comes."""

import logging
import queue
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, reconnect

from producer.clock import Clock
from producer.sources.bluesky.hosts import Hosts
from producer.sources.bluesky.pulse import Pulse
from producer.transport.backoff import Backoff, retry_after_s
from producer.transport.traffic import Traffic
from tidemark.contracts.coverage import Why
from tidemark.errors import SourceError
from tidemark.settings import variable

log = logging.getLogger(__name__)

# What it warns of while we try again is no news; what matters we say ourselves.
logging.getLogger("websockets").setLevel(logging.CRITICAL)

USER_AGENT: Final = "Tidemark"
_WAITING: Final = 2_000
_LOOK_S: Final = 0.2
_OPEN_S: Final = 10
_CLOSE_S: Final = 0.3
_HEALTHY_S: Final = 60
_MAX_MESSAGE_BYTES: Final = 16 << 20
"""A larger one ends the connection, and would again. Records of Bluesky have 1 MiB at most."""
_FOR_GOOD: Final = frozenset({301, 308, 400, 401, 403, 404, 405, 410, 426})
_EXPLANATION_CHARS: Final = 200


class Opened(NamedTuple):
    """A connection stands; asked_us is the cursor that it was asked to go on from."""

    at: int
    asked_us: int | None


class Came(NamedTuple):
    """A message, as it came."""

    at: int
    payload: bytes


class Alive(NamedTuple):
    """The host is quiet, as it often is, and has answered a ping."""

    at: int


class Ended(NamedTuple):
    """A connection ended, or could not be made."""

    why: Why


Told = Opened | Came | Alive | Ended


class _Connect(reconnect):
    """Opens a connection where it was told to: the library would follow a host that sends us
    elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class BlueskyReader:
    """Reconnects for ever, unless all hosts refuse us for good. The queue is bounded: it holds the
    host back."""

    def __init__(
        self,
        hosts: Sequence[str],
        collections: Sequence[str],
        clock: Clock,
        *,
        backoff: Backoff,
        silent_s: float,
        renew_s: float,
    ) -> None:
        self._hosts = Hosts(hosts, clock)
        self._collections = list(collections)
        self._clock = clock
        self._backoff = backoff
        self._silent_s = silent_s
        self._renew_s = renew_s
        self._traffic = Traffic(silent_s)
        self._queue: queue.Queue[Told | SourceError] = queue.Queue(_WAITING)
        self._stopped = threading.Event()
        self._trusted = _trusted() if any(host.startswith("wss:") for host in hosts) else None
        self._thread = threading.Thread(target=self._read, name="bluesky", daemon=True)
        self._resume_us: Callable[[], int | None] = lambda: None

    def start(self, resume_us: Callable[[], int | None]) -> None:
        """resume_us is asked, from the thread, before each connection; None asks for what comes
        from now on."""
        self._resume_us = resume_us
        self._thread.start()

    def take(self, timeout_s: float) -> Told | None:
        """The next, in order; None where nothing came in time. SourceError where nothing will come
        any more."""
        try:
            told = self._queue.get(timeout=timeout_s)
        except queue.Empty:
            if not self._thread.is_alive() and not self._stopped.is_set():
                raise SourceError(
                    "the thread that reads Bluesky broke; its error is above"
                ) from None
            return None
        if isinstance(told, SourceError):
            raise told
        return told

    def close(self) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(_LOOK_S + _CLOSE_S)

    def _read(self) -> None:
        wait_s = 0.0
        while not self._stopped.wait(wait_s):
            host = self._hosts.next()
            ended = self._listen(host)
            if ended is None:
                wait_s = 0.0
                continue
            why, reason = ended
            self._put(Ended(why))
            wait_s = max(self._backoff.next_s(), self._hosts.wait_s())
            if not self._stopped.is_set():
                log.warning(
                    "Bluesky not heard; connecting again",
                    extra={"host": host, "why": why, "reason": reason, "wait_s": round(wait_s, 1)},
                )

    def _listen(self, host: str) -> tuple[Why, str] | None:
        """Pass on what a host sends until it ends: why, and in its own words; None where it is to
        be replaced."""
        asked_us = self._resume_us()
        try:
            with _Connect(
                self._address(host, asked_us),
                ssl=self._trusted if host.startswith("wss:") else None,
                open_timeout=_OPEN_S,
                close_timeout=_CLOSE_S,
                ping_interval=None,  # we ping it ourselves, where it is quiet
                max_size=_MAX_MESSAGE_BYTES,
                user_agent_header=USER_AGENT,
            ) as connection:
                self._hosts.forgive()
                log.info("connected", extra={"source": "bluesky", "host": host})
                self._put(Opened(self._clock.now_us(), asked_us))
                if self._pass_on(connection):
                    return None
                return Why.SILENCE, f"nothing came for {self._silent_s:g} s"
        except InvalidStatus as error:
            return Why.REFUSED, self._refused(host, error.response)
        except (OSError, WebSocketException) as error:
            return Why.CUT, str(error) or type(error).__name__

    def _pass_on(self, connection: ClientConnection) -> bool:
        """Until we stop or hear no sign of life for too long: False; or it is to be replaced,
        having been quiet for long: True. Raises when it breaks off."""
        opened_at_s = came_at_s = self._clock.elapsed_s()
        pulse = Pulse(connection, opened_at_s, self._silent_s)
        while not self._stopped.is_set() and not pulse.is_lost(self._clock.elapsed_s()):
            try:
                payload = connection.recv(_LOOK_S, decode=False)
            except TimeoutError:
                now_s = self._clock.elapsed_s()
                if pulse.is_answered(now_s) and not self._traffic.is_due(now_s):
                    pulse.felt(now_s)
                    self._put(Alive(self._clock.now_us()))
                if now_s - came_at_s > self._renew_s and not self._traffic.is_due(now_s):
                    return True
                continue
            self._put(Came(self._clock.now_us(), payload))
            came_at_s = (
                self._clock.elapsed_s()
            )  # after the queue had room: until then we did not listen
            pulse.felt(came_at_s)
            self._traffic.came(came_at_s)
            if came_at_s - opened_at_s > _HEALTHY_S:
                self._backoff.reset()
        return False

    def _address(self, host: str, asked_us: int | None) -> str:
        query = [("wantedCollections", name) for name in self._collections]
        if asked_us is not None:
            query.append(("cursor", str(asked_us)))
        return f"{host.rstrip('/')}/subscribe?{urlencode(query)}"

    def _refused(self, host: str, response: Response) -> str:
        """What the host said; where all of them say no for good, the end."""
        text = " ".join(bytes(response.body or b"").decode(errors="replace").split())[
            :_EXPLANATION_CHARS
        ]
        words = f"{response.status_code} {text or response.reason_phrase}"
        if 300 <= response.status_code < 400:
            words += f"; it redirects to {response.headers.get('Location', 'nowhere')[:200]}, where we do not follow"
        if response.status_code in _FOR_GOOD:
            if (all_said := self._hosts.refuses(host, words)) is not None:
                self._put(
                    SourceError(
                        f"no host of Bluesky gives us its stream: {all_said}; check {variable('bluesky', 'hosts')} "
                        f"and {variable('bluesky', 'collections')}"
                    )
                )
                self._stopped.set()
        else:
            wanted_s = retry_after_s(response.headers.get("Retry-After"), self._clock.now_us())
            self._hosts.leave_alone(host, wanted_s)
        return words

    def _put(self, told: Told | SourceError) -> None:
        """Waits while the queue is full, which holds the host back; but not for a reader that has
        gone."""
        while not self._stopped.is_set():
            try:
                return self._queue.put(told, timeout=_LOOK_S)
            except queue.Full:
                continue


def _trusted() -> ssl.SSLContext:
    """Whom the machine trusts, and whom requests does: a slim machine has no certificates of its
    own."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
