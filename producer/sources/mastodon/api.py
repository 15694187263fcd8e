"""The two sides of a Mastodon instance that we ask: its stream, and its timelines page by page."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Final, NamedTuple

import requests

from producer.clock import Clock
from producer.sources.mastodon.payload import statuses_of
from producer.sources.mastodon.timeline import Timeline
from producer.transport.http_body import TooLargeError, moved_to, read_bounded
from producer.transport.http_errors import Refusals, RefusedError
from tidemark.errors import SettingsError
from tidemark.settings import MastodonSettings, require, variable

PAGE_POSTS: Final = 40
"""The most that Mastodon gives at once."""
_CONNECT_S: Final = 10
_REST_S: Final = 20
_LONGEST_WAIT_S: Final = 3600.0
_TOKEN: Final = variable("mastodon", "access_token")
_URL: Final = variable("mastodon", "url")
_NOT_A_USERS: Final = (
    "the instance does not accept the token, which has to be a user's, with read:statuses; "
    f"check {_TOKEN}"
)
_MOVED: Final = f"the instance has moved; check {_URL}"
_FATAL: Final = {
    301: _MOVED,
    308: _MOVED,
    400: "the instance does not understand the request",
    401: _NOT_A_USERS,
    403: f"the instance forbids it: the token ({_TOKEN}) lacks read:statuses, or the feed is disabled",
    404: f"the instance has no such feed: it is disabled, or {_URL} names no Mastodon",
    410: f"the instance has gone; check {_URL}",
    422: _NOT_A_USERS,
}


_INSTANCE_URL: Final = re.compile(r"https?://[^/?#@\s]+/?")
_STREAMING_URL: Final = re.compile(r"(?P<scheme>wss?|https?)://(?P<rest>[^?#@\s]+)")


class Instance(NamedTuple):
    """Where it streams, and what it has disabled, like ("live_feeds", "remote")."""

    streaming_url: str
    disabled_feeds: frozenset[tuple[str, str]]


class MastodonApi:
    """Asks one instance, from one thread; only hang_up may be called from another.

    RefusedError where it refuses for now, SourceError where trying again cannot help.
    """

    def __init__(self, settings: MastodonSettings, clock: Clock) -> None:
        self.url = _require_url(settings.url)
        self._token = _require_token(settings, self.url)
        self._clock = clock
        fatal = {status: f"{self.host}: {meaning}" for status, meaning in _FATAL.items()}
        self._refusals = Refusals(self.host, fatal, secrets=[self._token])
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "Tidemark"
        self._stream: requests.Response | None = None

    @property
    def host(self) -> str:
        """Return the instance's name, with its port if it has one."""
        return self.url.partition("://")[2]

    def instance(self) -> Instance:
        """Return what /api/v2/instance answers; where there is none, the stream is on the same
        host."""
        found = _json_of(self._get(self.url + "/api/v2/instance", may_lack=True))
        configuration = _part(found, "configuration")
        streaming = _part(configuration, "urls").get("streaming")
        access = _part(configuration, "timelines_access")
        disabled = {
            (feed, side)
            for feed in ("live_feeds", "hashtag_feeds")
            for side in ("local", "remote")
            if _part(access, feed).get(side) == "disabled"
        }
        streaming_url = self._as_http(streaming) if isinstance(streaming, str) else self.url
        return Instance(streaming_url, frozenset(disabled))

    def page(
        self, timeline: Timeline, *, min_id: str | None = None, limit: int = PAGE_POSTS
    ) -> list[bytes]:
        """Return the posts right after min_id, oldest first; without it the newest ones."""
        query = timeline.page_query | {"limit": str(limit)}
        if min_id is not None:
            query["min_id"] = min_id
        body = self._get(self.url + timeline.page_path, query)
        try:
            return statuses_of(body)
        except ValueError as error:
            raise RefusedError(str(error)) from None

    @contextmanager
    def stream(
        self, streaming_url: str, timeline: Timeline, *, silent_s: float
    ) -> Iterator[requests.Response]:
        """Open the stream; read1() of the response's raw waits for silent_s at most."""
        headers = {
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",
            "Cache-Control": "no-cache",
        }
        with self._session.get(
            streaming_url + timeline.stream_path,
            params=timeline.stream_query,
            headers=headers,
            auth=self._sign,
            stream=True,
            timeout=(_CONNECT_S, silent_s),
            allow_redirects=False,
        ) as response:
            self._stream = response
            self._check(response)
            kind = response.headers.get("Content-Type", "")
            if not kind.startswith("text/event-stream"):
                raise RefusedError(
                    f"{response.status_code} with {kind or 'nothing'} in place of a stream"
                )
            yield response

    def hang_up(self) -> None:
        """End the stream that another thread is reading, at once."""
        if self._stream is not None:
            with suppress(OSError, RuntimeError, ValueError):  # it has ended by itself
                self._stream.raw.shutdown()

    def close(self) -> None:
        """Close the connections; another request opens them again."""
        self._session.close()

    def scrubbed(self, text: str) -> str:
        """Return the text without the token."""
        return self._refusals.scrubbed(text)

    def _get(
        self, url: str, query: dict[str, str] | None = None, *, may_lack: bool = False
    ) -> bytes:
        """Return the body; may_lack: an empty one where the instance refuses for good."""
        with self._session.get(
            url,
            params=query,
            auth=self._sign,
            stream=True,
            timeout=(_CONNECT_S, _REST_S),
            allow_redirects=False,
        ) as response:
            if may_lack and response.status_code in _FATAL and moved_to(response) is None:
                return b""
            self._check(response)
            try:
                return read_bounded(response)
            except TooLargeError as error:
                raise RefusedError(str(error)) from None

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token; as `auth`, because a line in ~/.netrc would replace a header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _check(self, response: requests.Response) -> None:
        try:
            self._refusals.check(response, self._clock.now_us())
        except RefusedError as refusal:
            if response.status_code == requests.codes.too_many_requests and not refusal.wait_s:
                refusal.wait_s = self._until_reset_s(response)
            raise

    def _until_reset_s(self, response: requests.Response) -> float:
        """Return the time until the next quota, which Mastodon sends in place of Retry-After."""
        try:
            reset_at = datetime.fromisoformat(response.headers.get("X-RateLimit-Reset", ""))
            wait_s = reset_at.timestamp() - self._clock.now_us() / 1_000_000
        except (ValueError, OverflowError):
            return 0
        return min(max(wait_s, 0), _LONGEST_WAIT_S)

    def _as_http(self, streaming: str) -> str:
        """Return wss://host as https://host; never unencrypted where the instance itself is not."""
        found = _STREAMING_URL.fullmatch(streaming)
        if found is None:
            return self.url
        is_clear = found["scheme"] in ("ws", "http") and self.url.startswith("http:")
        return f"{'http' if is_clear else 'https'}://{found['rest']}".rstrip("/")


def _json_of(body: bytes) -> Any:
    """Return what the JSON holds; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _part(found: Any, name: str) -> dict[str, Any]:
    part = found.get(name) if isinstance(found, dict) else None
    return part if isinstance(part, dict) else {}


def _require_url(url: str | None) -> str:
    if not url:
        raise SettingsError(
            f"{_URL} is not set; set it to the instance that the token is of: https://…"
        )
    if _INSTANCE_URL.fullmatch(url) is None:
        raise SettingsError(
            f"{_URL} is {url!r}, which is no address of an instance; it looks like https://made.up"
        )
    return url.rstrip("/")


def _require_token(settings: MastodonSettings, url: str) -> str:
    token = settings.access_token
    if token is None or not token.get_secret_value():
        raise SettingsError(
            f"{_TOKEN} is not set; since 4.2 Mastodon streams only to a user's token with scope read:statuses: sign in "
            f"and make one at {url}/settings/applications"
        )
    text = require(token, "mastodon", "access_token")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise SettingsError(
            f"{_TOKEN} holds characters that no token has; copy it again, without `Bearer`"
        )
    return text
