"""The HTTP session that tweepy uses, with another host, timeouts, and waits between streams."""

import io
import threading
import time
from contextlib import suppress
from typing import Any, Final

import requests

from producer.sources.x.lines import LineResponse
from producer.transport.connection import HEALTHY_S
from producer.transport.http_body import TooLargeError, moved_to, read_bounded
from producer.transport.http_errors import Refusals, RefusedError
from tidemark.settings import variable

_TWEEPY_HOST: Final = "https://api.twitter.com"
_REST_TIMEOUT_S: Final = 20
_LONGEST_GAP_S: Final = 18.0
"""X allows 50 connections in 15 minutes, which is one in 18 seconds."""

_MOVED: Final = f"X has moved; check {variable('x', 'api_url')}"
_FATAL: Final = {
    301: _MOVED,
    308: _MOVED,
    400: "X does not understand the request",
    401: f"X does not take the token; check {variable('x', 'bearer_token')}",
    402: "X wants to be paid: the credit is used up or the spending limit reached; see to it in X's developer console",
    403: "X forbids it: the app of this token has no access to the filtered stream; see X's developer console",
    404: f"X has no such address; check {variable('x', 'api_url')}",
}


class XSession(requests.Session):
    """Rewrites tweepy's fixed host, spaces stream connections, and can hang up from another thread.

    tweepy waits after an error, not after a stream that opened: if X closes each connection at
    once, it reconnects 45 times in two seconds. So between two that opened we wait, first one
    second, then up to what X allows. Calls about rules raise SourceError where X refuses for good,
    RefusedError where it does for now: tweepy's own errors fail on answers of odd shape.
    """

    def __init__(
        self, api_url: str, token: str, stopped: threading.Event, *, shortest_gap_s: float = 1.0
    ) -> None:
        super().__init__()
        self.refusals = Refusals("X", _FATAL, secrets=(token,))
        self.explanation = ""
        """Of the last time that X refused the stream, in its words."""
        self._api_url = api_url.rstrip("/")
        self._stopped = stopped
        self._shortest_gap_s = shortest_gap_s
        self._gap_s = shortest_gap_s
        self._opened_at_s: float | None = None
        self._stream: requests.Response | None = None

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        url = str(url).replace(_TWEEPY_HOST, self._api_url, 1)
        kwargs.setdefault("timeout", _REST_TIMEOUT_S)  # tweepy gives none for rules, and would hang
        is_stream = bool(kwargs.get("stream"))
        if is_stream:
            self._wait()
        response = super().request(
            method, url, *args, **{**kwargs, "stream": True, "allow_redirects": False}
        )
        if not is_stream:
            self.refusals.check(response, time.time_ns() // 1000)
            return _with_body(response, _body_of(response))
        if not response.ok or moved_to(response) is not None:
            self.explanation = self.refusals.explanation(response)
            return _with_body(response, b"")
        self._opened_at_s = time.monotonic()
        self._stream = response
        return LineResponse(response)

    def hang_up(self) -> None:
        """End the stream that another thread is reading: by itself it would notice after 21 s."""
        if self._stream is not None:
            with suppress(OSError, RuntimeError, ValueError):  # it has ended by itself
                self._stream.raw.shutdown()

    def _wait(self) -> None:
        if self._opened_at_s is not None:
            open_s = time.monotonic() - self._opened_at_s
            self._stopped.wait(max(self._shortest_gap_s, self._gap_s - open_s))
            self._gap_s = (
                self._shortest_gap_s if open_s > HEALTHY_S else min(self._gap_s * 2, _LONGEST_GAP_S)
            )
            self._opened_at_s = None
        if self._stopped.is_set():
            raise requests.ConnectionError("stopping")


def _body_of(response: requests.Response) -> bytes:
    try:
        return read_bounded(response)
    except TooLargeError as error:
        raise RefusedError(str(error)) from None


def _with_body(response: requests.Response, body: bytes) -> requests.Response:
    """Return the answer, with what was read of its body as the whole of it."""
    response.raw = io.BytesIO(body)
    return response
