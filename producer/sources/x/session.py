"""The HTTP session that tweepy uses, pointed where we want it and with the manners that tweepy
lacks."""

import io
import json
import threading
import time
from contextlib import suppress
from typing import Any, Final

import requests

from producer.sources.x.lines import LineResponse
from producer.transport.http_body import TooLargeError, moved_to, read_bounded, read_head

_TWEEPY_HOST: Final = "https://api.twitter.com"
_REST_TIMEOUT_S: Final = 20
_HEALTHY_S: Final = 60
_LONGEST_GAP_S: Final = 18.0
"""X allows 50 connections in 15 minutes, which is one in 18 seconds."""
_EXPLANATION_CHARS: Final = 300
_EXPLANATION_BYTES: Final = 64 << 10


class RefusedError(requests.RequestException):
    """Raised for a refused call about rules, in X's words; tweepy's own errors fail on answers of
    odd shape."""

    def __init__(self, status: int, explanation: str) -> None:
        super().__init__(explanation)
        self.status = status


class XSession(requests.Session):
    """Rewrites tweepy's fixed host, spaces stream connections, and can hang up from another thread.

    tweepy waits after an error, not after a stream that opened: if X closes each connection at
    once, it comes back 45 times in two seconds. So between two that opened we wait, first one
    second, then up to what X allows.
    """

    def __init__(
        self, api_url: str, token: str, stopped: threading.Event, *, shortest_gap_s: float = 1.0
    ) -> None:
        super().__init__()
        self.refusal = ""
        """What X said, in its own words, when it last refused."""
        self._api_url = api_url.rstrip("/")
        self._token = token
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
        if not response.ok or moved_to(response) is not None:
            body = read_head(response, _EXPLANATION_BYTES)
            self.refusal = self._explained(response, body)
            if not is_stream:
                raise RefusedError(response.status_code, self.refusal)
            return _with_body(response, body)
        if not is_stream:
            return _with_body(response, self._body_of(response))
        self._opened_at_s = time.monotonic()
        self._stream = response
        return LineResponse(response)

    def hang_up(self) -> None:
        """End the stream that another thread is reading, at once; it would notice after 21 seconds
        else."""
        if self._stream is not None:
            with suppress(OSError, RuntimeError, ValueError):  # it has ended by itself
                self._stream.raw.shutdown()

    def scrubbed(self, text: str) -> str:
        return text.replace(self._token, "[token]")

    def _wait(self) -> None:
        if self._opened_at_s is not None:
            open_s = time.monotonic() - self._opened_at_s
            self._stopped.wait(max(self._shortest_gap_s, self._gap_s - open_s))
            self._gap_s = (
                self._shortest_gap_s
                if open_s > _HEALTHY_S
                else min(self._gap_s * 2, _LONGEST_GAP_S)
            )
            self._opened_at_s = None
        if self._stopped.is_set():
            raise requests.ConnectionError("stopping")

    def _body_of(self, response: requests.Response) -> bytes:
        try:
            return read_bounded(response)
        except TooLargeError as error:
            raise RefusedError(response.status_code, str(error)) from None

    def _explained(self, response: requests.Response, body: bytes) -> str:
        if (address := moved_to(response)) is not None:
            return self.scrubbed(f"it redirects to {address}, where we do not follow")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            errors = found.get("errors")
            first = (
                next((error for error in errors if isinstance(error, dict)), {})
                if isinstance(errors, list)
                else {}
            )
            words = [
                found.get("title"),
                found.get("detail"),
                found.get("reason"),
                first.get("message"),
            ]
            text = ": ".join(str(word) for word in words if word)
        else:
            text = " ".join(body.decode(errors="replace").split())
        return self.scrubbed(text)[:_EXPLANATION_CHARS] or str(response.reason)


def _with_body(response: requests.Response, body: bytes) -> requests.Response:
    """Return the answer, with what was read of its body as the whole of it."""
    response.raw = io.BytesIO(body)
    return response
