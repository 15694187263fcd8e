"""How the stream of one timeline is read: one connection, and what its frames are."""

import logging
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from producer.clock import Clock
from producer.sources.base.signals import Activity
from producer.sources.mastodon.api import Instance, MastodonApi
from producer.sources.mastodon.backfill import Backfill
from producer.sources.mastodon.messages import Ignored, Opened, Streamed
from producer.sources.mastodon.payload import read_delete, read_status
from producer.sources.mastodon.timeline import Timeline
from producer.transport.sse import Frame, SseReader

log = logging.getLogger(__name__)

_CHUNK_BYTES: Final = 64 << 10
_STATUSES: Final = ("update", "status.update")
_UNDEFINED: Final = b"undefined"
"""What Mastodon sends as data where an event has none."""


class StreamClient:
    """See producer/transport/connection.py. Each connection but the first of a new timeline orders
    a backfill."""

    def __init__(
        self,
        timeline: Timeline,
        api: MastodonApi,
        backfill: Backfill,
        clock: Clock,
        *,
        silent_s: float,
    ) -> None:
        self._timeline = timeline
        self._api = api
        self._backfill = backfill
        self._clock = clock
        self._silent_s = silent_s
        self._instance: Instance | None = None
        self._connections = 0
        self._is_new: bool | None = None
        """Whether the timeline starts here, which it does with the first connection that opens."""

    def read(self) -> Iterator[Opened | Streamed | Ignored | Activity]:
        """Yield what one connection brings."""
        with closing(self._api):
            yield from self._connect()

    def hang_up(self) -> None:
        """End the stream that another thread is reading, and the backfill."""
        self._backfill.close()
        self._api.hang_up()

    def _connect(self) -> Iterator[Opened | Streamed | Ignored | Activity]:
        if self._instance is None:
            self._instance = self._find_instance()
        if self._is_new is None:
            self._is_new = self._backfill.is_new
        if self._is_new:
            self._backfill.begin()
        with self._api.stream(
            self._instance.streaming_url, self._timeline, silent_s=self._silent_s
        ) as response:
            self._connections += 1
            yield Opened(self._timeline.name, self._clock.now_us(), self._connections, self._is_new)
            if not self._is_new:
                self._backfill.order(self._connections)
            self._is_new = False
            reader = SseReader()
            while chunk := response.raw.read1(_CHUNK_BYTES):
                frames = [found for found in reader.feed(chunk) if isinstance(found, Frame)]
                for frame in frames:
                    yield self._message(frame)
                if not frames:
                    yield Activity(self._clock.now_us(), channel=self._timeline.name)

    def _find_instance(self) -> Instance:
        found = self._api.instance()
        feeds = self._timeline.feeds
        self._backfill.is_disabled = found.disabled_feeds.issuperset(feeds)
        disabled = found.disabled_feeds.intersection(feeds)
        if disabled:
            names = " ".join(sorted(".".join(feed) for feed in disabled))
            log.warning(
                "timeline is restricted to moderators",
                extra={"timeline": self._timeline.name, "feeds": names},
            )
        return found

    def _message(self, frame: Frame) -> Streamed | Ignored:
        name, rules, now = self._timeline.name, self._timeline.rules, self._clock.now_us()
        if frame.data == _UNDEFINED:
            return Ignored(name, now, f"{frame.event} undefined")
        if frame.event in _STATUSES:
            return Streamed(name, read_status(frame.data, received_at=now, rules=rules))
        if frame.event == "delete":
            host = self._api.host
            return Streamed(name, read_delete(frame.data, received_at=now, host=host, rules=rules))
        return Ignored(name, now, frame.event)
