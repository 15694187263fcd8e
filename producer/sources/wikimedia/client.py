"""How Wikimedia's EventStreams is read: one connection, from the last event's id on."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple

import requests

from producer.clock import Clock
from producer.sources.base.signals import Activity
from producer.sources.wikimedia.event_id import rewound, time_of
from producer.sources.wikimedia.watch import Watch
from producer.transport.connection import BROKEN
from producer.transport.http_errors import Refusals, RefusedError
from producer.transport.sse import Frame, SseReader
from tidemark.errors import SourceError
from tidemark.settings import variable

_STREAM: Final = "/v2/stream/recentchange"
_CHUNK_BYTES: Final = 64 << 10
_CONNECT_S: Final = 10
_MOVED: Final = f"the stream has moved; check {variable('wikimedia', 'url')}"
_TRY_AGAIN: Final = frozenset({408, 425, 429})
_FATAL: Final = {
    **dict.fromkeys(set(range(400, 500)) - _TRY_AGAIN, "Wikimedia refuses the request"),
    301: _MOVED,
    308: _MOVED,
    400: "Wikimedia does not understand where to go on; without the file cursors/wikimedia.json it starts from now",
    403: "Wikimedia wants to know who we are: an address of mail or of a page at which you can be reached; "
    f"check {variable('wikimedia', 'contact')}",
    404: f"there is no such stream; check {variable('wikimedia', 'url')}",
}


class Opened(NamedTuple):
    """A connection is open. asked_at: µs, the time from which on we asked for events."""

    at: int
    asked_at: int


class Received(NamedTuple):
    """A frame, as it came."""

    at: int
    frame: Frame


class Alive(NamedTuple):
    """Nothing comes, as nothing is written: the server answers beside the stream."""

    at: int


class WikimediaClient:
    """See producer/transport/connection.py."""

    def __init__(self, url: str, user_agent: str, clock: Clock, watch: Watch) -> None:
        self._url = url.rstrip("/") + _STREAM
        self._headers: dict[str, str | bytes] = {
            "User-Agent": user_agent,
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",
            "Cache-Control": "no-cache",
        }
        self._clock = clock
        self._watch = watch
        self._refusals = Refusals("Wikimedia", _FATAL)
        self._response: requests.Response | None = None
        self._last_id: str | None = None
        self._since = 0

    def resume(self, last_id: str | None, since: int) -> None:
        """Set where the first connection resumes: after an event's id, or from an instant, µs."""
        self._last_id, self._since = last_id, since

    def read(self) -> Iterator[Opened | Received | Activity]:
        """Yield what one connection brings."""
        try:
            yield from self._connect()
        except requests.exceptions.InvalidURL as error:
            raise SourceError(f"{variable('wikimedia', 'url')} is no address: {error}") from None
        except BROKEN:
            self._watch.check()
            raise
        self._watch.check()

    def hang_up(self) -> None:
        """End the connection that another thread is reading."""
        if self._response is not None:
            with suppress(OSError, RuntimeError, ValueError):  # it has ended by itself
                self._response.raw.shutdown()

    def _connect(self) -> Iterator[Opened | Received | Activity]:
        asked_at, headers, query = self._resume_point()
        with (
            requests.Session() as session,
            session.get(
                self._url,
                params=query,
                headers=self._headers | headers,
                stream=True,
                timeout=(_CONNECT_S, self._watch.silent_s),
                allow_redirects=False,
            ) as response,
        ):
            self._response = response
            self._check(response)
            yield Opened(self._clock.now_us(), asked_at)
            with self._watch.over(response):
                yield from self._frames(response)

    def _frames(self, response: requests.Response) -> Iterator[Received | Activity]:
        reader = SseReader()
        while True:
            with self._watch.waiting():
                chunk = response.raw.read1(_CHUNK_BYTES, decode_content=True)
            if not chunk:
                return
            for what in reader.feed(chunk):
                if isinstance(what, Frame):
                    yield Received(self._clock.now_us(), what)
                    self._watch.came()
                    self._last_id = what.id or self._last_id
                else:
                    yield Activity(self._clock.now_us())

    def _resume_point(self) -> tuple[int, dict[str, str | bytes], dict[str, str]]:
        """Return from when on to ask, in µs, with the header and the query that do so."""
        if self._last_id is None:
            since_at = datetime.fromtimestamp(self._since / 1_000_000, UTC)
            since = since_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            return self._since, {}, {"since": since}
        asked_at = time_of(self._last_id) or self._since
        return asked_at, {"Last-Event-ID": rewound(self._last_id).encode()}, {}

    def _check(self, response: requests.Response) -> None:
        self._refusals.check(response, self._clock.now_us())
        kind = response.headers.get("Content-Type", "")
        if response.status_code != requests.codes.ok or not kind.startswith("text/event-stream"):
            explanation = self._refusals.explanation(response)
            raise RefusedError(f"{response.status_code} {kind}: {explanation}")
