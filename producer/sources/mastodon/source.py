"""Posts that a Mastodon instance knows of, as they are written: its public timeline, or
hashtags."""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, Final

from producer.clock import Clock
from producer.sources.base.recent import Recent
from producer.sources.base.signals import (
    QUIET,
    SILENT,
    Activity,
    Backlog,
    CaughtUp,
    Checkpoint,
    Connected,
    Cursor,
    Disconnected,
    Item,
    Signal,
    Started,
)
from producer.sources.base.source import IDLE_S, reading_cursor
from producer.sources.mastodon.backfill import MAX_PAGES
from producer.sources.mastodon.channel import Channel
from producer.sources.mastodon.messages import (
    Fetched,
    Finished,
    Ignored,
    Message,
    Opened,
    Reached,
    Streamed,
)
from producer.sources.mastodon.payload import SOURCE, Post
from producer.sources.mastodon.timeline import timelines_of
from producer.transport.connection import HEALTHY_S
from producer.transport.inbox import Inbox
from tidemark.contracts.topics import POSTS, Topic
from tidemark.settings import MastodonSettings, Settings

log = logging.getLogger(__name__)

_SILENT_S: Final = 35.0
"""Mastodon sends `:thump` every 15 s; where two of them are missing the connection is dead."""
_CLOSE_S: Final = 0.5
_RECENT: Final = 20_000
_RECENT_IN_CURSOR: Final = 200


class Mastodon:
    """Streams a timeline from now on, or after the cursor; what a cut or a pause missed is fetched
    by pages.

    Missed edits and deletes are lost: pages show what is there. A post comes once, unless more than
    200 came in the ten seconds before we stopped.
    """

    name: ClassVar[str] = SOURCE
    topic: ClassVar[Topic] = POSTS

    def __init__(
        self,
        settings: MastodonSettings,
        clock: Clock,
        *,
        first_retry_s: float = 1.0,
        silent_s: float = _SILENT_S,
        healthy_s: float = HEALTHY_S,
        max_pages: int = MAX_PAGES,
    ) -> None:
        self.ignored: Counter[str] = Counter()
        """How often an event came that is not about a post, by name."""
        self._inbox: Inbox[Message] = Inbox()
        self._recent = _recent({})
        self._channels = {
            timeline.name: Channel(
                timeline,
                settings,
                self._inbox,
                clock,
                first_retry_s=first_retry_s,
                silent_s=silent_s,
                healthy_s=healthy_s,
                max_pages=max_pages,
            )
            for timeline in timelines_of(settings)
        }
        self._positions = {name: channel.position for name, channel in self._channels.items()}
        self._host = next(iter(self._channels.values())).host

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Mastodon":
        """Return the source that the settings describe."""
        return cls(settings.mastodon, clock)

    def events(self, after: Cursor | None) -> Iterator[Signal]:
        """Yield what Source describes."""
        with reading_cursor(self.name):
            resumed = () if after is None else self._resume(after)
        yield Started(after or self._cursor(), resumed)
        for channel in self._channels.values():
            channel.start()
        while True:
            message = self._inbox.get(IDLE_S)
            yield self._idle() if message is None else self._receive(message)

    def close(self) -> None:
        """Close the connections."""
        for channel in self._channels.values():
            channel.close(_CLOSE_S / len(self._channels))
        if self.ignored:
            log.info("ignored events that are not about posts", extra=dict(self.ignored))

    def _resume(self, after: Cursor) -> tuple[str, ...]:
        """Resume after the cursor; return the timelines that were read before. A hashtag that was
        not has missed nothing."""
        synced_to = json.loads(str(after.get("had", "{}")))
        if after.get("host") == self._host:
            self._recent = _recent(after)
        else:  # where the same posts have other ids
            log.warning("another instance: starting from now", extra={"last": after.get("host")})
            synced_to = {}
        resumed = tuple(name for name in self._positions if name in synced_to)
        for name in resumed:
            self._positions[name].resume(synced_to[name])
        return resumed or tuple(self._positions)

    def _receive(self, message: Message) -> Signal:
        """Return the signal that a message is, or idle where it is none."""
        match message:
            case Streamed(timeline, post):
                self._positions[timeline].on_streamed(post.post_id)
                is_new = self._is_new(post)
                at = post.event.received_at
                return self._item(timeline, post) if is_new else Activity(at, channel=timeline)
            case Fetched(timeline, post):
                was_missed = self._positions[timeline].was_missed(post.post_id)
                is_new = self._is_new(post)
                return self._item(timeline, post, was_missed) if is_new else self._idle()
            case Ignored(timeline, at, event):
                self.ignored[event] += 1
                return Activity(at, channel=timeline)
            case Opened():
                return self._open(message)
            case Reached(timeline, post_id):
                self._positions[timeline].on_reached(post_id)
                return Checkpoint(self._cursor())
            case Finished(timeline, connection, is_lost):
                lost = self._positions[timeline].on_finished(connection, is_lost=is_lost)
                return self._idle() if lost is None else CaughtUp(timeline, lost)
            case Disconnected():
                self._positions[message.channel].on_disconnected()
                return message
            case Activity():
                return message

    def _open(self, opened: Opened) -> Signal:
        position = self._positions[opened.timeline]
        position.on_opened(opened.connection)
        if opened.is_new:
            position.on_finished(opened.connection, is_lost=False)
        backlog = Backlog.LOST if opened.is_new else Backlog.BESIDE
        return Connected(opened.at, backlog, opened.timeline)

    def _item(self, timeline: str, post: Post, was_missed: bool = False) -> Item:
        return Item(post.event, self._cursor(), channel=timeline, was_missed=was_missed)

    def _idle(self) -> Signal:
        is_complete = all(position.is_complete for position in self._positions.values())
        return QUIET if is_complete else SILENT

    def _is_new(self, post: Post) -> bool:
        """Remember the post; return whether neither stream, page nor another hashtag has brought
        it."""
        return post.post_id is None or self._recent.add(f"{post.post_id}@{post.version}".encode())

    def _cursor(self) -> Cursor:
        positions = self._positions.items()
        synced_to = {name: p.synced_to for name, p in positions if p.synced_to is not None}
        return {
            "host": self._host,
            "had": json.dumps(synced_to),
            "shared": self._recent.shared,
            "latest": self._recent.latest,
        }


def _recent(cursor: Cursor) -> Recent:
    """Return the posts that came last. Older versions wrote them in `recent`, as ID@VERSION."""
    shared, latest = str(cursor.get("shared", "")), str(cursor.get("latest", ""))
    recent = Recent(shared, latest, digest_bytes=8, kept=_RECENT, in_cursor=_RECENT_IN_CURSOR)
    for post in str(cursor.get("recent", "")).split():
        recent.add(post.encode())
    return recent
