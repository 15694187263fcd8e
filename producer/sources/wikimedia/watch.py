"""Watches over a stream of EventStreams that brings nothing: is its server there, or is the
connection dead?

EventStreams sends `:ok` as it opens and then nothing but events, no keep-alives (lib/SSEResponse.js
of KafkaSSE), so that a quiet stream looks like a dead one from within. Whether the server is there
is asked beside it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import requests

from producer.transport.connection import RenewError, SilentError
from producer.transport.traffic import Traffic

_ASKED_A_SILENCE: Final = 3
_LOOKS_A_SILENCE: Final = 10


class Watch:
    """Hangs up where nothing comes and the server does not answer, for silent_s; or where the
    stream was quiet for renew_s: a connection that its server has forgotten is quiet too, and
    another asks for what was missed.

    Where events are due all the time, that the server answers is not enough. In seconds of the real
    world, as sockets.
    """

    def __init__(
        self,
        url: str,
        user_agent: str,
        say_alive: Callable[[], None],
        *,
        silent_s: float,
        renew_s: float,
    ) -> None:
        self.silent_s = silent_s
        self._is_dead = False
        self._is_replaced = False
        self._url = url
        self._headers = {"User-Agent": user_agent}
        self._say_alive = say_alive
        self._renew_s = renew_s
        self._traffic = Traffic(silent_s)
        self._lock = threading.Lock()
        self._response: requests.Response | None = None
        self._felt_at_s = self._came_at_s = 0.0
        self._is_waiting = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, name="wikimedia watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()

    def check(self) -> None:
        """Raise SilentError where the last connection was hung up as dead, RenewError where another
        is to take its place; once."""
        is_dead, is_replaced = self._is_dead, self._is_replaced
        self._is_dead = self._is_replaced = False
        if is_dead:
            raise SilentError
        if is_replaced:
            raise RenewError

    @contextmanager
    def over(self, response: requests.Response) -> Iterator[None]:
        """Watch over this response while it is read."""
        self._is_dead = self._is_replaced = False
        self._came_at_s = time.monotonic()
        if (sock := getattr(response.raw.connection, "sock", None)) is not None:
            sock.settimeout(
                2 * self._renew_s
            )  # from here on it is for us to say when it was silent for too long
        self._response = response
        try:
            yield
        finally:
            with self._lock:  # not amid saying that it is alive
                self._response = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count silence while bytes are waited for. In between, nobody reads, and silence means
        nothing."""
        self._felt_at_s, self._is_waiting = time.monotonic(), True
        try:
            yield
        finally:
            self._is_waiting = False

    def came(self) -> None:
        """Note that an event was among what came."""
        self._came_at_s = time.monotonic()
        self._traffic.came(self._came_at_s)

    def is_due(self) -> bool:
        """Return whether events are due all the time."""
        return self._traffic.is_due(time.monotonic())

    def _look(self) -> None:
        with requests.Session() as session:
            while not self._stopped.wait(self.silent_s / _LOOKS_A_SILENCE):
                if self._response is not None and self._is_waiting:
                    self._judge(session, self._response)

    def _judge(self, session: requests.Session, response: requests.Response) -> None:
        now_s = time.monotonic()
        silence_s = now_s - self._felt_at_s
        is_dead = silence_s >= self.silent_s
        if is_dead or (not self.is_due() and now_s - self._came_at_s >= self._renew_s):
            self._give_up(response, is_dead=is_dead)
        elif (
            not self.is_due()
            and silence_s >= self.silent_s / _ASKED_A_SILENCE
            and self._is_answered(session)
        ):
            with self._lock:
                if self._response is response:
                    self._felt_at_s = time.monotonic()
                    self._say_alive()

    def _give_up(self, response: requests.Response, *, is_dead: bool) -> None:
        with self._lock:
            if self._response is response:  # and no newer one, which is neither
                self._is_dead, self._is_replaced = is_dead, not is_dead
                _hang_up(response)

    def _is_answered(self, session: requests.Session) -> bool:
        """Return whether the server answers, with anything but a server error."""
        try:
            with session.head(
                self._url,
                headers=self._headers,
                timeout=self.silent_s / _ASKED_A_SILENCE,
                allow_redirects=False,
            ) as answer:
                return answer.status_code < 500
        except requests.RequestException:
            return False


def _hang_up(response: requests.Response) -> None:
    with suppress(OSError, RuntimeError, ValueError):  # it has ended by itself
        response.raw.shutdown()
