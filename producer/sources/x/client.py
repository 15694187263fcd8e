"""tweepy's streaming client, reading raw lines and never ending on a line it does not like."""

import logging
import queue
import threading
from typing import Final, NamedTuple

import requests
import tweepy

from producer.clock import Clock
from producer.sources.x.payload import read_line
from producer.sources.x.session import XSession
from tidemark.contracts.coverage import Why
from tidemark.contracts.events import Event
from tidemark.errors import SourceError
from tidemark.settings import variable

log = logging.getLogger(__name__)

# tweepy's debug lines hold the token, and its errors come with whole answers; what matters we say
# ourselves.
logging.getLogger("tweepy").setLevel(logging.CRITICAL)

_WAITING_POSTS: Final = 2000
_LOOK_S: Final = 0.2
_MOVED: Final = f"X has moved; check {variable('x', 'api_url')}"
_FOR_GOOD: Final = {
    301: _MOVED,
    308: _MOVED,
    400: "X does not understand the request",
    401: f"X does not take the token; check {variable('x', 'bearer_token')}",
    402: "X wants to be paid: the credit is used up or the spending limit reached; see to it in X's developer console",
    403: "X forbids it: the app of this token has no access to the filtered stream; see X's developer console",
    404: f"X has no such address; check {variable('x', 'api_url')}",
}


class Heard(NamedTuple):
    """A connection that stands, or a keep-alive; µs since 1970."""

    at: int


class Broken(NamedTuple):
    at: int
    why: Why


class XClient(tweepy.StreamingClient):  # type: ignore[misc]  # tweepy has no types
    """Puts each post, what else is heard, each break, and the error that ends all, into `received`.

    Reconnects by tweepy's own waits; from a clean end, where tweepy has none, by the session's.
    tweepy's on_data ends the stream for good at a rule without tag or a line that is no JSON, so
    ours takes the bytes as they are.
    """

    def __init__(
        self, token: str, session: XSession, clock: Clock, stopped: threading.Event
    ) -> None:
        super().__init__(token, return_type=dict)
        self.session = session
        self.received: queue.Queue[Event | Heard | Broken | SourceError] = queue.Queue(
            _WAITING_POSTS
        )
        self._clock = clock
        self._stopped = stopped

    def on_data(self, raw_data: bytes) -> None:
        message = read_line(raw_data, received_at=self._clock.now_us())
        if isinstance(message, Event):
            self._put(message)
            return
        log.warning("X says", extra={"notice": self.session.scrubbed(message.text)})
        if message.ends_stream:
            # What tweepy takes for a broken connection: it closes this one and opens another.
            raise requests.ConnectionError(message.text)

    def on_connect(self) -> None:
        if self._stopped.is_set():
            self.disconnect()
        log.info("connected", extra={"source": "x"})
        self._put(Heard(self._clock.now_us()))

    def on_closed(self, response: requests.Response) -> None:
        log.warning("X closed the stream; connecting again")
        self._put(Broken(self._clock.now_us(), Why.CUT))

    def on_connection_error(self) -> None:
        if not self._stopped.is_set():
            log.warning("the stream broke off; connecting again")
            self._put(Broken(self._clock.now_us(), Why.CUT))

    def on_request_error(self, status_code: int) -> None:
        if status_code in _FOR_GOOD:
            self.fail(refused(status_code, self.session.refusal))
        else:
            log.warning(
                "X refuses; trying again",
                extra={"status": status_code, "reason": self.session.refusal},
            )
            self._put(Broken(self._clock.now_us(), Why.REFUSED))

    def on_exception(self, exception: Exception) -> None:
        name = type(exception).__name__
        self.fail(
            SourceError(f"the stream of X ended by {name}: {self.session.scrubbed(str(exception))}")
        )

    def on_keep_alive(self) -> None:
        self._put(Heard(self._clock.now_us()))

    def on_disconnect(self) -> None:
        pass

    def fail(self, error: SourceError) -> None:
        """Hand over the error that ends all, and end."""
        self.disconnect()
        self._put(error)

    def hang_up(self) -> None:
        self.disconnect()
        self.session.hang_up()

    def _put(self, received: Event | Heard | Broken | SourceError) -> None:
        """Waits while the queue is full, which holds X back; but not for a reader that has gone."""
        while not self._stopped.is_set():
            try:
                return self.received.put(received, timeout=_LOOK_S)
            except queue.Full:
                continue


def refused(status: int, explanation: str) -> SourceError:
    """For a status of is_for_good: what it means and what to do, with X's own words."""
    return SourceError(f"{_FOR_GOOD[status]} ({status}; X says: {explanation})")


def is_for_good(status: int) -> bool:
    """Whether trying again cannot help. tweepy would, for ever."""
    return status in _FOR_GOOD
