"""Posts from X as they are written, by tweepy's client of the filtered stream."""

import logging
import queue
import threading
from collections.abc import Iterator
from typing import ClassVar, Final

import requests
from msgspec.structs import replace

from producer.clock import Clock
from producer.coverage.gaps import SHORTEST_GAP_S, Hearing
from producer.sources.base import IDLE_S, UNHEARD, Cursor, Received, reading_cursor
from producer.sources.x.client import Broken, Heard, XClient, is_for_good, refused
from producer.sources.x.rules import reconcile, wanted_rules
from producer.sources.x.session import RefusedError, XSession
from tidemark.contracts.coverage import Gap, State, Why
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic
from tidemark.errors import SettingsError, SourceError
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
its hashtags, which the repost itself does not tell."""
_FIRST_RETRY_S: Final = 5.0
_LAST_RETRY_S: Final = 320.0


class XStream:
    """Streams what the rules match, from now on: X's stream has no past, so posts of a gap or a
    pause are lost.

    tweepy reads in a thread of its own, where its waits of up to 320 s cannot keep us from
    stopping; here, posts are taken from a queue. Posts may come twice after a reconnection. Ends by
    itself after `limit` posts.
    """

    name: ClassVar[str] = "x"
    topic: ClassVar[Topic] = POSTS

    def __init__(
        self,
        settings: XSettings,
        clock: Clock,
        *,
        shortest_gap_s: float = SHORTEST_GAP_S,
        shortest_wait_s: float = 1.0,
        first_retry_s: float = _FIRST_RETRY_S,
    ) -> None:
        token = _checked(require(settings.bearer_token, "x", "bearer_token"))
        self._limit = settings.limit
        self._expansions = list(_REPOST_EXPANSIONS if settings.expand_reposts else _EXPANSIONS)
        self._rules = wanted_rules(settings)
        self._clock = clock
        self._shortest_gap_s = shortest_gap_s
        self._first_retry_s = first_retry_s
        self._stopped = threading.Event()
        session = XSession(settings.api_url, token, self._stopped, shortest_gap_s=shortest_wait_s)
        self._client = XClient(token, session, clock, self._stopped)
        self._reader = threading.Thread(target=self._read, name=self.name, daemon=True)

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "XStream":
        return cls(settings.x, clock)

    def events(self, after: Cursor | None) -> Iterator[Received]:
        now = self._clock.now_us()
        with reading_cursor(self.name):
            heard_at = int((after or {}).get("heard_at", now))
        hearing = Hearing(
            heard_at, Why.STOPPED if after else Why.CUT, shortest_gap_s=self._shortest_gap_s
        )
        if after is None:
            yield {"heard_at": now}
        self._reader.start()
        taken, is_heard = 0, False
        while self._limit is None or taken < self._limit:
            try:
                received = self._client.received.get(timeout=IDLE_S)
            except queue.Empty:
                yield None if is_heard else hearing.unheard(self._clock.now_us()) or UNHEARD
                continue
            match received:
                case SourceError():
                    raise received
                case Broken(at, why):
                    is_heard = False
                    hearing.broke(why)
                    yield hearing.unheard(at) or UNHEARD
                case Heard(at):
                    is_heard = True
                    yield hearing.heard(at)
                    yield _lost(hearing, at)
                case Event():
                    taken += 1
                    hearing.heard(received.received_at)
                    yield received, {"heard_at": received.received_at}

    def close(self) -> None:
        self._stopped.set()
        self._client.hang_up()
        if self._reader.ident is not None:
            self._reader.join(0.5)

    def _read(self) -> None:
        try:
            self._keep_rules()
        except SourceError as error:
            self._client.fail(error)
        else:
            self._client.filter(expansions=self._expansions, **_ASKED_FOR)

    def _keep_rules(self) -> None:
        """Reconcile, however long it takes to reach X: of calls about rules tweepy tries none
        again."""
        wait_s = self._first_retry_s
        while not self._stopped.is_set():
            try:
                return reconcile(self._client, self._rules)
            except requests.RequestException as error:
                if isinstance(error, RefusedError) and is_for_good(error.status):
                    raise refused(error.status, str(error)) from None
                log.warning(
                    "rules not set yet; trying again", extra={"reason": error, "wait_s": wait_s}
                )
            self._stopped.wait(wait_s)
            wait_s = min(wait_s * 2, _LAST_RETRY_S)


def _lost(hearing: Hearing, at: int) -> Gap | None:
    """The gap that is over, now that X is heard again: what was written meanwhile it gives to
    nobody."""
    if hearing.gap is None:
        return None
    lost, hearing.gap = replace(hearing.gap, state=State.LOST, ended_at=at), None
    return lost


def _checked(token: str) -> str:
    """A header with other characters is refused by requests, in an error that shows the token."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingsError(
            f"{variable('x', 'bearer_token')} holds characters that no token has; copy it again, without `Bearer`"
        )
    return token
