"""What a timeline's stream did not bring: fetched page by page, until the pages meet the stream."""

import logging
import queue
import threading
from contextlib import closing
from typing import Final

from producer.clock import Clock
from producer.sources.mastodon.api import MastodonApi
from producer.sources.mastodon.messages import Fetched, Finished, Message, Reached
from producer.sources.mastodon.payload import earlier, latest, order, read_status
from producer.sources.mastodon.position import SyncPosition
from producer.sources.mastodon.timeline import Timeline
from producer.transport.backoff import Backoff
from producer.transport.connection import BROKEN
from producer.transport.http_errors import RefusedError
from producer.transport.inbox import Inbox
from tidemark.errors import SourceError
from tidemark.settings import variable

log = logging.getLogger(__name__)

MAX_PAGES: Final = 400
"""16 000 posts. Mastodon gives 300 pages in 15 minutes, so that these take up to 30."""
REWIND_MS: Final = 10_000
"""Several workers of the instance write to the stream: a post may come some seconds after one with
a later id."""
_BEFORE_ALL: Final = "0"


class Backfill:
    """Fetches in a separate thread, so that the stream is read meanwhile: the instance would cut a
    slow reader.

    It is ordered when the stream is open. The newest post that is there then ends what has to be
    fetched: what is written later, the stream brings.
    """

    def __init__(
        self,
        timeline: Timeline,
        api: MastodonApi,
        position: SyncPosition,
        inbox: Inbox[Message],
        clock: Clock,
        *,
        backoff: Backoff,
        max_pages: int,
    ) -> None:
        """Read `position`, which belongs to the loop, and never change it."""
        self.is_disabled = False
        """Whether the instance states that it shows these posts to none but moderators."""
        self._timeline = timeline
        self._api = api
        self._position = position
        self._inbox = inbox
        self._clock = clock
        self._backoff = backoff
        self._max_pages = max_pages
        self._pages = 0
        self._reached: str | None = None
        self._is_lost = False
        self._orders: queue.Queue[int | None] = queue.Queue()
        self._thread = threading.Thread(
            target=self._run, name=f"mastodon {timeline.name} pages", daemon=True
        )

    @property
    def is_new(self) -> bool:
        """Return whether nothing of the timeline has been read, so that there is no position to fetch from."""
        return self._position.synced_to is None

    def start(self) -> None:
        """Wait for orders, in the thread."""
        self._thread.start()

    def begin(self) -> None:
        """Count what is there as read. To be called before the stream is open: what that brings
        must all be later."""
        self._reach(self._newest() or _BEFORE_ALL)

    def order(self, connection: int) -> None:
        """Fetch what is there now and not read."""
        self._orders.put(connection)

    def close(self) -> None:
        """End the thread once the inbox is closed."""
        self._orders.put(None)

    def _run(self) -> None:
        with closing(self._api):
            try:
                self._serve()
            except Exception as error:  # ends the source, and not only this thread
                self._inbox.put(error)

    def _serve(self) -> None:
        while (connection := self._orders.get()) is not None:
            self._fetch_patiently()
            if self._may_continue():
                self._inbox.put(Finished(self._timeline.name, connection, self._is_lost))
                self._pages, self._is_lost = 0, False

    def _may_continue(self) -> bool:
        """Return False where we are to stop, or the stream was opened again, so that there is more
        to fetch than we knew."""
        return not self._inbox.stopped.is_set() and self._orders.empty()

    def _fetch_patiently(self) -> None:
        """Fetch until there is no more, however many attempts it takes."""
        while self._may_continue():
            try:
                newest = self._newest()
                synced_to = latest(self._position.synced_to, self._reached)
                if newest is not None and synced_to is not None:
                    self._fetch_between(earlier(synced_to, REWIND_MS), newest)
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

    def _fetch_between(self, reached: str, newest: str) -> None:
        while order(reached) < order(newest) and self._may_continue():
            posts = self._next_page(reached)
            if posts == []:
                return
            last = None if posts is None else self._put(posts)
            if last is None or order(last) <= order(reached):
                self._abandon(newest)
                return
            reached = last
            self._reach(reached)

    def _next_page(self, reached: str) -> list[bytes] | None:
        """Return the posts after this id; None after too many pages."""
        if self._pages >= self._max_pages:
            return None
        posts = self._api.page(self._timeline, min_id=reached)
        self._pages += 1
        return posts

    def _put(self, payloads: list[bytes]) -> str | None:
        """Put the posts into the inbox; return the latest id among them."""
        now = self._clock.now_us()
        rules = self._timeline.rules
        posts = [read_status(payload, received_at=now, rules=rules) for payload in payloads]
        for post in posts:
            self._inbox.put(Fetched(self._timeline.name, post))
        return latest(*(post.post_id for post in posts))

    def _abandon(self, newest: str) -> None:
        log.warning(
            "backfill abandoned", extra={"timeline": self._timeline.name, "pages": self._pages}
        )
        self._reach(newest)
        self._is_lost = True

    def _reach(self, post_id: str) -> None:
        self._reached = latest(self._reached, post_id)
        self._inbox.put(Reached(self._timeline.name, post_id))

    def _wait(self, reason: str, at_least_s: float) -> None:
        wait_s = max(self._backoff.next_s(), at_least_s)
        fields = {"timeline": self._timeline.name, "reason": reason, "wait_s": round(wait_s, 1)}
        log.info("fetching pages again", extra=fields)
        self._inbox.stopped.wait(wait_s)
