"""One timeline of an instance: its stream, the pages beside it, and how far both are read."""

from producer.clock import Clock
from producer.sources.mastodon.api import MastodonApi
from producer.sources.mastodon.backfill import Backfill
from producer.sources.mastodon.messages import Message
from producer.sources.mastodon.payload import SOURCE
from producer.sources.mastodon.position import SyncPosition
from producer.sources.mastodon.stream import StreamClient
from producer.sources.mastodon.timeline import Timeline
from producer.transport.backoff import Backoff
from producer.transport.connection import Connection
from producer.transport.inbox import Inbox
from tidemark.settings import MastodonSettings


class Channel:
    """Reads in two threads, of which each has a session, and puts what comes into the inbox."""

    def __init__(
        self,
        timeline: Timeline,
        settings: MastodonSettings,
        inbox: Inbox[Message],
        clock: Clock,
        *,
        first_retry_s: float,
        silent_s: float,
        healthy_s: float,
        max_pages: int,
    ) -> None:
        api = MastodonApi(settings, clock)
        self.host = api.host
        self.position = SyncPosition()
        self._backfill = Backfill(
            timeline,
            MastodonApi(settings, clock),
            self.position,
            inbox,
            clock,
            backoff=Backoff(first_s=first_retry_s),
            max_pages=max_pages,
        )
        client = StreamClient(timeline, api, self._backfill, clock, silent_s=silent_s)
        self._connection: Connection[Message] = Connection(
            SOURCE,
            client,
            inbox,
            clock,
            backoff=Backoff(first_s=first_retry_s),
            healthy_s=healthy_s,
            channel=timeline.name,
            scrubbed=api.scrubbed,
        )

    def start(self) -> None:
        """Begin to read, from `position` on."""
        self._backfill.start()
        self._connection.start()

    def close(self, timeout_s: float) -> None:
        """End both threads; wait for that of the stream."""
        self._connection.close(timeout_s)
