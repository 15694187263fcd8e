"""The connection to Wikimedia's EventStreams: one at a time, opened again for as long as we are
wanted."""

import logging
import queue
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple

import requests
import urllib3

from producer.clock import Clock
from producer.sources.wikimedia.event_id import rewound, time_of
from producer.sources.wikimedia.watch import Watch
from producer.transport.backoff import Backoff, retry_after_s
from producer.transport.http_body import moved_to, read_head
from producer.transport.sse import Frame, Heartbeat, SseReader
from tidemark.contracts.coverage import Why
from tidemark.errors import SourceError
from tidemark.settings import variable

log = logging.getLogger(__name__)

_STREAM: Final = "/v2/stream/recentchange"
_WAITING: Final = 1000
_CHUNK_BYTES: Final = 64 << 10
_CONNECT_S: Final = 10
_LOOK_S: Final = 0.2
_EXPLANATION_CHARS: Final = 300
_TRY_AGAIN: Final = frozenset({408, 425, 429})
_MOVED: Final = f"the stream has moved; check {variable('wikimedia', 'url')}"
_FOR_GOOD: Final = {
    301: _MOVED,
    308: _MOVED,
    400: "Wikimedia does not understand where to go on; without the file cursors/wikimedia.json it starts from now",
    403: "Wikimedia wants to know who we are: an address of mail or of a page at which you can be reached; "
    f"check {variable('wikimedia', 'contact')}",
    404: f"there is no such stream; check {variable('wikimedia', 'url')}",
}


class Connected(NamedTuple):
    """asked_at: µs, the time from which on we asked for events."""

    at: int
    asked_at: int


class Heard(NamedTuple):
    at: int
    what: Frame | Heartbeat


class Alive(NamedTuple):
    """Nothing comes, as nothing is written; the server is there."""

    at: int


class Broken(NamedTuple):
    at: int
    why: Why


class _NotNowError(Exception):
    """Raised when Wikimedia answers and refuses for now."""

    def __init__(self, words: str, wait_s: float) -> None:
        super().__init__(words)
        self.wait_s = wait_s


class WikimediaStream:
    """Reads in a thread of its own, and puts into `received` what it hears, and the error that ends
    all."""

    def __init__(
        self,
        url: str,
        user_agent: str,
        clock: Clock,
        *,
        backoff: Backoff,
        silent_s: float,
        renew_s: float,
        healthy_s: float,
    ) -> None:
        self.received: queue.Queue[Connected | Heard | Alive | Broken | Exception] = queue.Queue(
            _WAITING
        )
        self.held_back_at = 0
        """µs: when we last did not listen, because nobody took what we had heard."""
        self._url = url.rstrip("/") + _STREAM
        self._headers: dict[str, str | bytes] = {
            "User-Agent": user_agent,
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",
            "Cache-Control": "no-cache",
        }
        self._clock = clock
        self._backoff = backoff
        self._silent_s = silent_s
        self._healthy_s = healthy_s
        self._stopped = threading.Event()
        self._response: requests.Response | None = None
        self._thread = threading.Thread(target=self._read, name="wikimedia", daemon=True)
        self._watch = Watch(url, self._headers, self._say_alive, silent_s=silent_s, renew_s=renew_s)
        self._last_id: str | None = None
        self._since = 0

    @property
    def is_due(self) -> bool:
        """Whether something comes all the time, so that it is missed at once."""
        return self._watch.is_due()

    def start(self, last_id: str | None, since: int) -> None:
        """Go on after an event's id; where there is none, from an instant on, in µs."""
        self._last_id, self._since = last_id, since
        self._thread.start()
        self._watch.start()

    def close(self) -> None:
        self._stopped.set()
        self._watch.close()
        if self._response is not None:
            with suppress(OSError, RuntimeError, ValueError):  # it has ended by itself
                self._response.raw.shutdown()
        if self._thread.ident is not None:
            self._thread.join(0.5)

    def _read(self) -> None:
        while not self._stopped.is_set():
            wait_s = 0.0
            called_at_s = self._clock.elapsed_s()
            try:
                with requests.Session() as session:
                    self._listen(session)
                why, words = Why.CUT, "Wikimedia ended the connection"
            except _NotNowError as refusal:
                why, words, wait_s = Why.REFUSED, str(refusal), refusal.wait_s
            except (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
                why, words = Why.SILENCE, f"nothing came for {self._silent_s:g} s"
            except requests.exceptions.InvalidURL as error:
                return self._put(
                    SourceError(f"{variable('wikimedia', 'url')} is no address: {error}")
                )
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                why, words = Why.CUT, f"{type(error).__name__}: {error}"[:_EXPLANATION_CHARS]
            except (
                Exception
            ) as error:  # handed over, so that it ends the source and not only this thread
                return self._put(error)
            if self._watch.is_replaced:
                self._watch.is_replaced = False
                continue
            if self._watch.is_dead:
                self._watch.is_dead = False
                why, words = Why.SILENCE, f"nothing came for {self._silent_s:g} s"
            self._put(Broken(self._clock.now_us(), why))
            if self._clock.elapsed_s() - called_at_s >= self._healthy_s:
                self._backoff.reset()
            wait_s = max(wait_s, self._backoff.next_s())
            if not self._stopped.is_set():
                log.info("connecting again", extra={"reason": words, "wait_s": round(wait_s, 1)})
            self._stopped.wait(wait_s)

    def _listen(self, session: requests.Session) -> None:
        asked_at, headers, query = self._asked()
        with session.get(
            self._url,
            params=query,
            headers=self._headers | headers,
            stream=True,
            timeout=(_CONNECT_S, self._silent_s),
            allow_redirects=False,
        ) as response:
            self._response = response
            self._check(response)
            self._put(Connected(self._clock.now_us(), asked_at))
            with self._watch.over(response):
                self._pass_on(response)

    def _pass_on(self, response: requests.Response) -> None:
        reader = SseReader()
        while not self._stopped.is_set():
            with self._watch.waiting():
                chunk = response.raw.read1(_CHUNK_BYTES, decode_content=True)
            if not chunk:
                return
            at = self._clock.now_us()
            for what in reader.feed(chunk):
                self._put(Heard(at, what))
                if isinstance(what, Frame):
                    self._watch.came()
                    self._last_id = what.id or self._last_id

    def _say_alive(self) -> None:
        self._put(Alive(self._clock.now_us()))

    def _asked(self) -> tuple[int, dict[str, str | bytes], dict[str, str]]:
        """From when on, in µs, with the header and the query that ask for it."""
        if self._last_id is None:
            since = datetime.fromtimestamp(self._since / 1_000_000, UTC).isoformat(
                timespec="milliseconds"
            )
            return self._since, {}, {"since": since.replace("+00:00", "Z")}
        return (
            time_of(self._last_id) or self._since,
            {"Last-Event-ID": rewound(self._last_id).encode()},
            {},
        )

    def _check(self, response: requests.Response) -> None:
        kind = response.headers.get("Content-Type", "")
        if response.status_code == requests.codes.ok and kind.startswith("text/event-stream"):
            return
        status = response.status_code
        said = self._said(response)
        if (400 <= status < 500 and status not in _TRY_AGAIN) or status in _FOR_GOOD:
            meaning = _FOR_GOOD.get(status, "Wikimedia refuses the request")
            raise SourceError(f"{meaning} ({status}; Wikimedia says: {said or response.reason})")
        wait_s = retry_after_s(response.headers.get("Retry-After"), self._clock.now_us())
        raise _NotNowError(f"{status} {kind}: {said or response.reason}", wait_s)

    def _said(self, response: requests.Response) -> str:
        if (address := moved_to(response)) is not None:
            return f"it redirects to {address}, where we do not follow"
        body = read_head(response, 4 * _EXPLANATION_CHARS)
        return " ".join(body.decode(errors="replace").split())[:_EXPLANATION_CHARS]

    def _put(self, received: Connected | Heard | Alive | Broken | Exception) -> None:
        """Waits while the queue is full, which holds Wikimedia back; but not for a reader that has
        gone."""
        while not self._stopped.is_set():
            try:
                return self.received.put(received, timeout=_LOOK_S)
            except queue.Full:
                self.held_back_at = self._clock.now_us()
