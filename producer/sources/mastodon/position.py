"""How far one timeline is read, by its stream and by the pages beside it."""

from dataclasses import dataclass

from producer.sources.mastodon.payload import latest, order


@dataclass
class SyncPosition:
    """All posts up to id `synced_to` are in. During a backfill the stream runs ahead of it.

    is_complete  the backfill has met the stream
    """

    synced_to: str | None = None
    is_complete: bool = False
    _missed_after: str | None = None
    _newest: str | None = None
    _connection: int = 0
    _is_lost: bool = False

    def resume(self, synced_to: str | None) -> None:
        """Resume where the last run stopped; None where the timeline was not read."""
        self.synced_to = self._missed_after = synced_to

    def on_opened(self, connection: int) -> None:
        """Note that the stream is open, for the connection-th time."""
        self._connection, self._newest = connection, None

    def on_disconnected(self) -> None:
        """Note that the stream has ended: what comes after `synced_to` is missed."""
        if self.is_complete:
            self._missed_after = self.synced_to
        self._connection, self.is_complete = 0, False

    def on_streamed(self, post_id: str | None) -> None:
        """Note a post of the stream."""
        self._newest = latest(self._newest, post_id)
        if self.is_complete:
            self.on_reached(self._newest)

    def on_reached(self, post_id: str | None) -> None:
        """Note that all posts up to this one are in."""
        self.synced_to = latest(self.synced_to, post_id)

    def on_finished(self, connection: int, *, is_lost: bool) -> bool | None:
        """Note that the backfill of a connection is over. Return whether something was lost; None
        where the stream was cut meanwhile, so that another backfill follows."""
        is_lost = self._is_lost = self._is_lost or is_lost
        if connection != self._connection:
            return None
        self.on_reached(self._newest)
        self.is_complete, self._is_lost = True, False
        return is_lost

    def was_missed(self, post_id: str | None) -> bool:
        """Return whether a post of a page came after the stream was cut."""
        if self._missed_after is None or post_id is None:
            return False
        return order(post_id) > order(self._missed_after)
