"""Who the authors are: Jetstream tells only their ids, so that names and counts are looked up
beside the stream."""

import logging
import queue
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import msgspec
import requests

from producer.clock import Clock
from producer.sources.bluesky.client import USER_AGENT
from producer.transport.backoff import Backoff, retry_after_s
from producer.transport.http_body import TooLargeError, moved_to, read_bounded
from tidemark.contracts.events import Event

log = logging.getLogger(__name__)

_PATH: Final = "/xrpc/app.bsky.actor.getProfiles"
_A_CALL: Final = 25
_SHORTEST_GAP_S: Final = 0.3
"""Some 1,000 calls in five minutes; the service takes 3,000."""
_KNOWN: Final = 50_000
_KNOWN_FOR_S: Final = 6 * 3600
_WAITING: Final = 2_000
_TIMEOUT_S: Final = 10
_DID: Final = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,240}")
"""One that is none makes the service refuse all that are asked for with it."""


class _MovedError(requests.RequestException):
    """Raised when the service sends us elsewhere."""


class _Answer(msgspec.Struct):
    profiles: list[msgspec.Raw]


class _Profile(msgspec.Struct):
    did: str


_decode: Final = msgspec.json.Decoder(_Answer).decode
_decode_profile: Final = msgspec.json.Decoder(_Profile).decode


class Profiles:
    """Asks for each author once in six hours, in a thread of its own, 25 at a time.

    Nobody waits for it: with too many authors in line, or while the service does not answer, an
    author is left out until they write again.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        backoff: Backoff | None = None,
        shortest_gap_s: float = _SHORTEST_GAP_S,
    ) -> None:
        self._address = url.rstrip("/") + _PATH
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._shortest_gap_s = shortest_gap_s
        self._asked_at_s: OrderedDict[str, float] = OrderedDict()
        self._waiting: queue.Queue[str] = queue.Queue(_WAITING)
        self._found: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._is_out = False
        self._thread = threading.Thread(target=self._look_up, name="bluesky profiles", daemon=True)

    def want(self, did: str) -> None:
        """Have it looked up, if it is not known."""
        now_s = self._clock.elapsed_s()
        with self._lock:
            asked_at_s = self._asked_at_s.get(did)
            if asked_at_s is not None and now_s - asked_at_s < _KNOWN_FOR_S:
                self._asked_at_s.move_to_end(did)
                return
            if self._waiting.full() or not _DID.fullmatch(did):
                return
            self._asked_at_s[did] = now_s
            if len(self._asked_at_s) > _KNOWN:
                self._asked_at_s.popitem(last=False)
        self._waiting.put_nowait(did)
        if self._thread.ident is None:
            self._thread.start()

    def forget(self, *dids: str) -> None:
        """They have changed, or were not answered: ask again when they next write."""
        with self._lock:
            for did in dids:
                self._asked_at_s.pop(did, None)

    def found(self) -> Iterator[Event]:
        """Profiles that have come since, each as an event."""
        while not self._found.empty():
            yield self._found.get()

    def close(self) -> None:
        self._stopped.set()
        if self._thread.ident is not None:
            with suppress(queue.Full):
                self._waiting.put_nowait("")  # wakes it
            self._thread.join(0.2)

    def _look_up(self) -> None:
        wait_s = 0.0
        with requests.Session() as session:
            session.headers["User-Agent"] = USER_AGENT
            while not self._stopped.wait(wait_s):
                dids = self._next()
                if not self._stopped.is_set():
                    wait_s = self._ask(session, dids)

    def _next(self) -> list[str]:
        """Waits for the first, and takes those that wait with it."""
        dids = [self._waiting.get()]
        while len(dids) < _A_CALL and not self._waiting.empty():
            dids.append(self._waiting.get())
        return dids

    def _ask(self, session: requests.Session, dids: list[str]) -> float:
        """Ask for these; how long to wait before the next call."""
        try:
            self._take(self._answered(session, dids))
        except (
            requests.RequestException,
            msgspec.MsgspecError,
            UnicodeDecodeError,
            RecursionError,
        ) as error:
            self.forget(*dids)
            return self._failed(error)
        if self._is_out:
            log.info("profiles are answered again", extra={"source": "bluesky"})
        self._is_out = False
        self._backoff.reset()
        return self._shortest_gap_s

    def _answered(self, session: requests.Session, dids: list[str]) -> bytes:
        with session.get(
            self._address,
            params=[("actors", did) for did in dids],
            stream=True,
            timeout=_TIMEOUT_S,
            allow_redirects=False,
        ) as response:
            response.raise_for_status()
            if (address := moved_to(response)) is not None:
                raise _MovedError(
                    f"it redirects to {address}, where we do not follow", response=response
                )
            return read_bounded(response)

    def _take(self, answer: bytes) -> None:
        received_at = self._clock.now_us()
        for profile in _decode(answer).profiles:
            did = _decode_profile(profile).did
            event_id = f"bs:{did}:profile:{received_at}"
            self._found.put(
                Event(bytes(profile), "bluesky", received_at, key=did.encode(), event_id=event_id)
            )

    def _failed(self, error: Exception) -> float:
        """Said once an outage."""
        response = error.response if isinstance(error, requests.RequestException) else None
        if not self._is_out and not self._stopped.is_set():
            reason: object = type(error).__name__ if response is None else response.status_code
            if isinstance(error, TooLargeError | _MovedError):
                reason = error
            log.warning(
                "profiles are not answered; trying again",
                extra={"source": "bluesky", "reason": reason},
            )
        self._is_out = True
        asked_s = (
            0.0
            if response is None
            else retry_after_s(response.headers.get("Retry-After"), self._clock.now_us())
        )
        return max(asked_s, self._backoff.next_s())
