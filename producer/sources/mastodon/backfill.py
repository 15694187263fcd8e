"""What a timeline's stream did not bring: fetched page by page, until the pages meet the stream."""

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Final

from producer.clock import Clock
from producer.sources.mastodon.api import BROKEN, MastodonApi, RefusedError
from producer.sources.mastodon.payload import (
    CaughtUp,
    Fetched,
    Reached,
    Said,
    earlier,
    latest,
    order,
    read_status,
)
from producer.sources.mastodon.timeline import Timeline
from producer.transport.backoff import Backoff
from tidemark.errors import SourceError
from tidemark.settings import variable

log = logging.getLogger(__name__)

MAX_PAGES: Final = 400
"""16 000 posts. Mastodon gives 300 pages in 15 minutes, so that these take up to 30."""
REWIND_MS: Final = 10_000
"""Several workers of the instance write to the stream: a post may come some seconds after one with
a later id."""
_BEFORE_ALL: Final = "0"


class CatchUp:
    """Fetches in a thread of its own, so that the stream is read meanwhile: the instance would cut
    a slow reader.

    To be asked when the stream is open. The newest post that is there then ends what has to be
    fetched: what is written later, the stream brings.
    """

    def __init__(
        self,
        timeline: Timeline,
        api: MastodonApi,
        say: Callable[[Said | Exception], None],
        clock: Clock,
        stopped: threading.Event,
        *,
        first_retry_s: float,
        max_pages: int,
    ) -> None:
        self.had: str | None = None
        """Up to this id everything is had, as the source's loop knows it."""
        self.is_disabled = False
        """Whether the instance says that it shows these posts to none but moderators."""
        self.thread = threading.Thread(
            target=self._run, name=f"mastodon {timeline.name} pages", daemon=True
        )
        self._timeline = timeline
        self._api = api
        self._say = say
        self._clock = clock
        self._stopped = stopped
        self._backoff = Backoff(first_s=first_retry_s)
        self._max_pages = max_pages
        self._pages = 0
        self._reached: str | None = None
        self._has_lost = False
        self._orders: queue.Queue[int | None] = queue.Queue()

    def begin(self) -> None:
        """Take what is there for had. To be called before the stream is open: what that brings must
        all be later."""
        self._reach(self._newest() or _BEFORE_ALL)

    def ask(self, connection: int) -> None:
        """Fetch what there is now and is not had."""
        self._orders.put(connection)

    def close(self) -> None:
        self._orders.put(None)

    def _run(self) -> None:
        with closing(self._api):
            self._serve()

    def _serve(self) -> None:
        while (connection := self._orders.get()) is not None:
            try:
                self._fetch_patiently()
            except (
                Exception
            ) as error:  # handed over, so that it ends the source and not only this thread
                return self._say(error)
            if self._may_go_on():
                self._say(CaughtUp(self._timeline.name, connection, self._has_lost))
                self._pages, self._has_lost = 0, False

    def _may_go_on(self) -> bool:
        """False where we are to stop, or the stream was opened anew, so that there is more to fetch
        than we knew."""
        return not self._stopped.is_set() and self._orders.empty()

    def _fetch_patiently(self) -> None:
        """Fetch until there is no more, however often it takes."""
        while self._may_go_on():
            try:
                newest, had = self._newest(), latest(self.had, self._reached)
                if newest is not None and had is not None:
                    self._fetch_between(earlier(had, REWIND_MS), newest)
                self._backoff.reset()
                return
            except RefusedError as error:
                self._wait(str(error), error.wait_s)
            except BROKEN as error:
                self._wait(type(error).__name__, 0)

    def _newest(self) -> str | None:
        there = self._api.page(self._timeline, limit=1)
        if self.is_disabled and not there:
            raise SourceError(
                f"{self._api.host}: the instance has disabled the feed {self._timeline.name}, and shows it to none but "
                f"moderators; set {variable('mastodon', 'timeline')}, {variable('mastodon', 'hashtags')} or "
                f"{variable('mastodon', 'url')} to another"
            )
        return latest(*(read_status(post, received_at=0, rules=()).post_id for post in there))

    def _fetch_between(self, had: str, newest: str) -> None:
        while order(had) < order(newest) and self._may_go_on():
            posts = self._next_page(had)
            if posts == []:
                return
            reached = None if posts is None else self._take(posts)
            if reached is None or order(reached) <= order(had):
                log.warning(
                    "given up", extra={"timeline": self._timeline.name, "pages": self._pages}
                )
                self._reach(newest)
                self._has_lost = True
                return
            had = reached
            self._reach(had)

    def _next_page(self, had: str) -> list[bytes] | None:
        """None where we have had too many."""
        if self._pages >= self._max_pages:
            return None
        posts = self._api.page(self._timeline, min_id=had)
        self._pages += 1
        return posts

    def _take(self, posts: list[bytes]) -> str | None:
        """The latest id among them."""
        now = self._clock.now_us()
        messages = [
            read_status(post, received_at=now, rules=self._timeline.rules) for post in posts
        ]
        for message in messages:
            self._say(Fetched(self._timeline.name, message))
        return latest(*(message.post_id for message in messages))

    def _reach(self, post_id: str) -> None:
        self._reached = latest(self._reached, post_id)
        self._say(Reached(self._timeline.name, post_id))

    def _wait(self, words: str, at_least_s: float) -> None:
        wait_s = max(self._backoff.next_s(), at_least_s)
        log.info("catching up later", extra={"reason": words, "wait_s": round(wait_s, 1)})
        self._stopped.wait(wait_s)
