"""tweepy's streaming client, reading raw lines and never ending on a line it does not like."""

import logging

import requests
import tweepy

from producer.clock import Clock
from producer.sources.base.signals import Activity, Backlog, Connected, Disconnected
from producer.sources.x.payload import read_line
from producer.sources.x.session import XSession
from producer.transport.inbox import Inbox
from tidemark.contracts.coverage import Cause
from tidemark.contracts.events import Event
from tidemark.errors import SourceError

log = logging.getLogger(__name__)

# tweepy's debug lines hold the token, and its errors whole answers; we log what matters.
logging.getLogger("tweepy").setLevel(logging.CRITICAL)

XMessage = Event | Activity | Connected | Disconnected


class XClient(tweepy.StreamingClient):  # type: ignore[misc]  # tweepy has no types
    """Puts posts, signals, and the error that ends the source into the inbox.

    Reconnects by tweepy's own waits; from a clean end, where tweepy has none, by the session's.
    tweepy's on_data ends the stream for good at a rule without tag or a line that is no JSON, so
    ours passes the bytes on as they are.
    """

    def __init__(self, token: str, session: XSession, inbox: Inbox[XMessage], clock: Clock) -> None:
        super().__init__(token, return_type=dict)
        self.session = session
        self._inbox = inbox
        self._clock = clock

    def on_data(self, raw_data: bytes) -> None:
        """Pass a post on; log a notice, and reconnect where it announces the end."""
        message = read_line(raw_data, received_at=self._clock.now_us())
        if isinstance(message, Event):
            self._inbox.put(message)
            return
        notice = self.session.refusals.scrubbed(message.text)
        log.warning("notice from X", extra={"source": "x", "notice": notice})
        if message.ends_stream:
            # What tweepy takes for a broken connection: it closes this one and opens another.
            raise requests.ConnectionError(message.text)

    def on_connect(self) -> None:
        """Report it; X sends nothing twice, so what was missed is lost."""
        if self._inbox.stopped.is_set():
            self.disconnect()
        log.info("connected", extra={"source": "x"})
        self._inbox.put(Connected(self._clock.now_us(), Backlog.LOST))

    def on_keep_alive(self) -> None:
        """Report a sign of life."""
        self._inbox.put(Activity(self._clock.now_us()))

    def on_closed(self, response: requests.Response) -> None:
        """Report that X ended the connection."""
        self._disconnected(Cause.CUT, "X ended the connection")

    def on_connection_error(self) -> None:
        """Report that the connection broke, or could not be made."""
        if not self._inbox.stopped.is_set():
            self._disconnected(Cause.CUT, "the connection broke")

    def on_request_error(self, status_code: int) -> None:
        """End where trying again cannot help; tweepy would, for ever."""
        refusals, explanation = self.session.refusals, self.session.explanation
        if refusals.is_fatal(status_code):
            self.fail(refusals.fatal_error(status_code, explanation))
        else:
            self._disconnected(Cause.REFUSED, f"{status_code}: {explanation}")

    def on_exception(self, exception: Exception) -> None:
        """End with what tweepy does not expect."""
        words = self.session.refusals.scrubbed(str(exception))
        self.fail(SourceError(f"the stream of X ended by {type(exception).__name__}: {words}"))

    def on_disconnect(self) -> None:
        """Do nothing: tweepy would log it."""

    def fail(self, error: SourceError) -> None:
        """Put the error that ends the source into the inbox, and end."""
        self.disconnect()
        self._inbox.put(error)

    def hang_up(self) -> None:
        """End the stream, from another thread."""
        self.disconnect()
        self.session.hang_up()

    def _disconnected(self, cause: Cause, reason: str) -> None:
        log.warning("reconnecting", extra={"source": "x", "why": cause, "reason": reason})
        self._inbox.put(Disconnected(self._clock.now_us(), cause))
