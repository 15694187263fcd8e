"""Profiles of authors: Jetstream sends only their ids, so that names and counts are looked up
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
from producer.transport.backoff import Backoff
from producer.transport.http_body import TooLargeError, read_bounded
from producer.transport.http_errors import Refusals, RefusedError
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
"""The service refuses a whole request where one id in it is malformed."""


class _Answer(msgspec.Struct):
    profiles: list[msgspec.Raw]


class _Profile(msgspec.Struct):
    did: str


_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_decode: Final = msgspec.json.Decoder(_Answer).decode
_decode_profile: Final = msgspec.json.Decoder(_Profile).decode


class Profiles:
    """Asks for each author once in six hours, 25 at a time, in a separate thread.

    The stream does not wait for it: with too many authors in the queue, or while the service does
    not answer, an author is skipped until they write again.
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
        self._refusals = Refusals("Bluesky", fatal={})
        self._asked_at_s: OrderedDict[str, float] = OrderedDict()
        self._waiting: queue.Queue[str] = queue.Queue(_WAITING)
        self._found: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._is_out = False
        self._thread = threading.Thread(target=self._look_up, name="bluesky profiles", daemon=True)

    def want(self, did: str) -> None:
        """Look an author up, unless that was done in the last six hours."""
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
        """Look these up again when they next write: they have changed, or were not answered."""
        with self._lock:
            for did in dids:
                self._asked_at_s.pop(did, None)

    def found(self) -> Iterator[Event]:
        """Yield the profiles that have come since the last call, each as an event."""
        while not self._found.empty():
            yield self._found.get()

    def close(self) -> None:
        """End the thread."""
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
        """Wait for an author; return them with those that wait too, as many as a call may ask for."""
        dids = [self._waiting.get()]
        while len(dids) < _A_CALL and not self._waiting.empty():
            dids.append(self._waiting.get())
        return dids

    def _ask(self, session: requests.Session, dids: list[str]) -> float:
        """Ask for these; return how long to wait before the next call."""
        try:
            self._put(self._answer(session, dids))
        except RefusedError as error:
            return self._retry(dids, str(error), error.wait_s)
        except TooLargeError as error:
            return self._retry(dids, str(error))
        except (requests.RequestException, *_UNREADABLE) as error:
            return self._retry(dids, type(error).__name__)
        if self._is_out:
            log.info("profile requests succeed again", extra={"source": "bluesky"})
        self._is_out = False
        self._backoff.reset()
        return self._shortest_gap_s

    def _answer(self, session: requests.Session, dids: list[str]) -> bytes:
        with session.get(
            self._address,
            params=[("actors", did) for did in dids],
            stream=True,
            timeout=_TIMEOUT_S,
            allow_redirects=False,
        ) as response:
            self._refusals.check(response, self._clock.now_us())
            return read_bounded(response)

    def _put(self, answer: bytes) -> None:
        received_at = self._clock.now_us()
        for profile in _decode(answer).profiles:
            did = _decode_profile(profile).did
            event_id = f"bs:{did}:profile:{received_at}"
            self._found.put(
                Event(bytes(profile), "bluesky", received_at, key=did.encode(), event_id=event_id)
            )

    def _retry(self, dids: list[str], reason: str, at_least_s: float = 0.0) -> float:
        """Skip these, and log the first failure of an outage; return how long to wait."""
        self.forget(*dids)
        if not self._is_out and not self._stopped.is_set():
            log.warning(
                "profile requests fail; retrying",
                extra={"source": "bluesky", "reason": reason},
            )
        self._is_out = True
        return max(at_least_s, self._backoff.next_s())
