"""Posts from X as they are written, by tweepy's client of the filtered stream."""

import logging
import threading
from collections.abc import Iterator
from typing import ClassVar, Final

from producer.clock import Clock
from producer.sources.base.signals import (
    QUIET,
    SILENT,
    Cursor,
    Disconnected,
    Item,
    Signal,
    Started,
)
from producer.sources.base.source import IDLE_S
from producer.sources.x.client import XClient, XMessage
from producer.sources.x.rules import reconcile, wanted_rules
from producer.sources.x.session import XSession
from producer.transport.backoff import Backoff
from producer.transport.connection import BROKEN
from producer.transport.http_errors import RefusedError
from producer.transport.inbox import Inbox
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic
from tidemark.errors import SettingsError
from tidemark.settings import Settings, XSettings, require, variable

log = logging.getLogger(__name__)

_ASKED_FOR: Final = {
    "tweet_fields": [
        "author_id",
        "created_at",
        "edit_history_tweet_ids",
        "entities",
        "lang",
        "note_tweet",
        "public_metrics",
        "referenced_tweets",
    ],
    "user_fields": ["name", "public_metrics", "username"],
}
_EXPANSIONS: Final = ("author_id",)
_REPOST_EXPANSIONS: Final = ("author_id", "referenced_tweets.id")
"""With the second, `includes.tweets` has the post that a repost repeats, with the fields asked for:
its hashtags, which the repost itself lacks."""
_FIRST_RETRY_S: Final = 5.0
_LAST_RETRY_S: Final = 320.0
_NO_CURSOR: Final[Cursor] = {}


class XStream:
    """Streams what the rules match, from now on: X's stream has no past, so posts of a gap or a
    pause are lost.

    tweepy reads in a thread, where its waits of up to 320 s cannot keep us from stopping. Posts may
    come twice after a reconnection. Ends by itself after `limit` posts.
    """

    name: ClassVar[str] = "x"
    topic: ClassVar[Topic] = POSTS

    def __init__(
        self,
        settings: XSettings,
        clock: Clock,
        *,
        shortest_wait_s: float = 1.0,
        first_retry_s: float = _FIRST_RETRY_S,
    ) -> None:
        token = _require_token(settings)
        self._limit = settings.limit
        self._expansions = list(_REPOST_EXPANSIONS if settings.expand_reposts else _EXPANSIONS)
        self._rules = wanted_rules(settings)
        self._backoff = Backoff(first_retry_s, last_s=_LAST_RETRY_S)
        self._inbox: Inbox[XMessage] = Inbox()
        stopped = self._inbox.stopped
        session = XSession(settings.api_url, token, stopped, shortest_gap_s=shortest_wait_s)
        self._client = XClient(token, session, self._inbox, clock)
        self._reader = threading.Thread(target=self._read, name=self.name, daemon=True)

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "XStream":
        return cls(settings.x, clock)

    def events(self, after: Cursor | None) -> Iterator[Signal]:
        """Yield what Source describes. There is nothing to resume from: the cursor is empty."""
        yield Started(_NO_CURSOR)
        self._reader.start()
        received, is_connected = 0, False
        while self._limit is None or received < self._limit:
            message = self._inbox.get(IDLE_S)
            match message:
                case Event():
                    received += 1
                    yield Item(message, _NO_CURSOR)
                case None:
                    yield QUIET if is_connected else SILENT
                case _:
                    is_connected = not isinstance(message, Disconnected)
                    yield message

    def close(self) -> None:
        """Close the connection."""
        self._inbox.close()
        self._client.hang_up()
        if self._reader.ident is not None:
            self._reader.join(0.5)

    def _read(self) -> None:
        try:
            self._keep_rules()
            self._client.filter(expansions=self._expansions, **_ASKED_FOR)
        except Exception as error:  # ends the source, and not only this thread
            self._inbox.put(error)

    def _keep_rules(self) -> None:
        """Set the rules, however long it takes to reach X: tweepy retries no call about them."""
        while not self._inbox.stopped.is_set():
            try:
                return reconcile(self._client, self._rules)
            except (RefusedError, *BROKEN) as error:
                wait_s = self._backoff.next_s()
                fields = {"source": self.name, "reason": str(error), "wait_s": round(wait_s, 1)}
                log.warning("filter rules not set; retrying", extra=fields)
            self._inbox.stopped.wait(wait_s)


def _require_token(settings: XSettings) -> str:
    """Return the token. requests refuses a header with other characters, in an error that shows
    it."""
    token = require(settings.bearer_token, "x", "bearer_token")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError(
            f"{variable('x', 'bearer_token')} holds characters that no token has; copy it again, without `Bearer`"
        )
    return token
