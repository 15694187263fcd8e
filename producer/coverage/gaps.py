"""When a source was not connected or behind: opens gaps, and closes them as healed or lost."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from producer.sources.base.signals import Backlog, Item
from tidemark.contracts.coverage import Cause, Gap, State

SHORTEST_GAP_S: Final = 5.0
_LONGEST_QUIET_US: Final = 30_000_000
"""Every connection shows a sign of life more often. One that is cut after a longer time was dead
before, or this machine slept."""


@dataclass(slots=True)
class _Channel:
    """connected_at: since when it is connected again, while something of it is missing."""

    is_connected: bool = True
    connected_at: int | None = None
    backlog: Backlog = Backlog.FIRST


class GapTracker:
    """One gap for all channels of a source: it opens with the first that is cut or silent for
    shortest_gap_s, and closes when nothing of any is missing. Instants in µs.

    A cut counts from when it happened; a silence, a stop, and a cut that is noticed late, from the
    last sign of life. A cut that is mended sooner is no gap, unless something was lost. A cut
    before a gap is closed belongs to the same gap. A source that never reports Started, Connected
    or Disconnected has no gaps.
    """

    def __init__(
        self,
        report: Callable[[Gap], None],
        now: int,
        *,
        last_active_at: int | None = None,
        gap: Gap | None = None,
        shortest_gap_s: float = SHORTEST_GAP_S,
    ) -> None:
        """Resume where the last run stopped.

        report          called with each gap as it opens, and again as it closes
        last_active_at  until when the last run covered the source; None where there was none
        gap             the one that was open then, with its events up to the saved cursor
        """
        self._report = report
        self._now = now
        self._resumed_at = now if last_active_at is None else last_active_at
        self._resumed_gap = gap
        self._shortest_us = int(shortest_gap_s * 1_000_000)
        self._channels: dict[str, _Channel] = {}
        self._active_at: dict[str, int] = {}
        self._quiet_at = self._resumed_at
        self._missing: set[str] = set()
        self._gap: Gap | None = None
        """The gap there is, or will be if it lasts until _opens_at."""
        self._opens_at = 0
        self._is_reported = False
        self._is_lost = False
        self._ended_at = 0

    @property
    def gap(self) -> Gap | None:
        """Return the gap that is open and was reported, with the number of events so far."""
        return self._gap if self._is_reported else None

    @property
    def covered_until(self) -> int:
        """Return until when nothing is missing, as far as we know."""
        if self._gap is not None:
            return self._gap.began_at
        return max((self._quiet_at, *self._active_at.values()))

    def on_started(self, channels: Iterable[str], *, is_resumed: bool) -> None:
        """Count these channels as disconnected since the last run, or, in a first run, from now."""
        began_at = self._resumed_at if is_resumed else self._now
        self._quiet_at = began_at
        for channel in channels:
            self._channels[channel] = _Channel(is_connected=False)
            self._active_at[channel] = began_at
            if self._resumed_gap is not None:
                self._gap, self._is_reported, self._resumed_gap = self._resumed_gap, True, None
            self._miss(channel, Cause.STOPPED if is_resumed else Cause.CUT, began_at)

    def on_connected(self, at: int, backlog: Backlog, channel: str = "") -> None:
        """Note that a connection is open; where nothing missed will come, an open gap is lost."""
        self._channel(channel).backlog = backlog
        self.on_activity(at, channel=channel)
        if backlog is Backlog.LOST and channel in self._missing:
            self._mend(channel, is_lost=True)

    def on_event(self, item: Item) -> Gap | None:
        """Note that an event came; while a gap is open it is one of those that were missed. Return
        the gap that is open after it."""
        at, channel = item.event.received_at, item.channel
        if not self._missing:
            self._active_at[channel] = at
            return None
        self.on_activity(at, item.sent_at, channel)
        if self._gap is not None and channel in self._missing and item.was_missed:
            self._gap = replace(self._gap, events=self._gap.events + 1)
        return self.gap

    def on_activity(self, at: int, sent_at: int | None = None, channel: str = "") -> None:
        """Note a sign of life: a connection, a heartbeat, an event that was sent at sent_at."""
        self._active_at[channel] = at
        if channel in self._missing:
            self._reconnect(self._channels[channel], at, sent_at, channel)
        self._open_if_due(at)  # a busy source may leave no time for Silent

    def on_quiet(self, now: int) -> None:
        """Note that the source is connected and nothing was written."""
        if not self._missing:
            self._quiet_at = now

    def check_silence(self, now: int, channel: str = "") -> None:
        """Open a gap where nothing came for too long; called whenever something should."""
        known = self._channels.get(channel)
        if known is not None and now - self._active_at[channel] > self._shortest_us:
            if not self._missing:
                self._miss(channel, Cause.SILENCE, now)
            if known.backlog is not Backlog.BESIDE:
                known.connected_at = None
        self._open_if_due(now)

    def on_disconnect(self, at: int, cause: Cause, channel: str = "") -> None:
        """Note that a connection ended, or could not be made. That we were stopped remains the
        cause until we connect."""
        self._open_if_due(at)
        known = self._channel(channel)
        known.is_connected, known.connected_at = False, None
        if channel not in self._missing:
            self._miss(channel, cause, at)
        elif self._gap is not None and not self._is_reported and self._gap.why is not Cause.STOPPED:
            self._gap = replace(self._gap, why=cause)
        self._open_if_due(at)

    def on_caught_up(self, channel: str = "", *, is_lost: bool = False) -> None:
        """Note that all that was missed has come, or (is_lost) that some of it never will."""
        if channel in self._missing and self._channels[channel].connected_at is not None:
            self._mend(channel, is_lost=is_lost)

    def on_truncated(self, at: int, since: int | None = None, channel: str = "") -> None:
        """Note that what was sent before `at` is lost; without `since` only where a gap is open."""
        if self.gap is not None and channel in self._missing:
            self._gap = replace(self.gap, why=Cause.CLAMPED)
            self._channels[channel].connected_at = at
            self._mend(channel, is_lost=True)
        elif since is not None:
            began_at = max(since, self._resumed_at)
            self._report(Gap(began_at, Cause.CLAMPED, State.LOST, max(at, began_at)))

    def _channel(self, name: str) -> _Channel:
        self._active_at.setdefault(name, self._now)
        return self._channels.setdefault(name, _Channel())

    def _miss(self, channel: str, cause: Cause, at: int) -> None:
        self._missing.add(channel)
        if self._gap is None:
            began_at = self._active_at[channel]
            self._gap = Gap(began_at, cause)
            is_prompt = at - began_at <= _LONGEST_QUIET_US and cause in (Cause.CUT, Cause.REFUSED)
            counts_from = at if is_prompt else began_at
            self._opens_at = counts_from + self._shortest_us

    def _reconnect(self, known: _Channel, at: int, sent_at: int | None, channel: str) -> None:
        if not known.is_connected:
            self._open_if_due(at)
        known.is_connected = True
        if known.connected_at is None:
            known.connected_at = at
        if known.backlog is Backlog.BESIDE:
            return
        if not self._is_reported or (sent_at is not None and sent_at >= known.connected_at):
            self._mend(channel, is_lost=False)

    def _open_if_due(self, now: int) -> None:
        if self._gap is not None and not self._is_reported and now > self._opens_at:
            self._is_reported = True
            self._report(self._gap)

    def _mend(self, channel: str, *, is_lost: bool) -> None:
        known = self._channels[channel]
        self._missing.discard(channel)
        self._ended_at = max(self._ended_at, known.connected_at or 0)
        self._is_lost = self._is_lost or is_lost
        known.connected_at = None
        if not self._missing:
            self._close()

    def _close(self) -> None:
        assert self._gap is not None  # noqa: S101
        state = State.LOST if self._is_lost else State.HEALED
        closed = replace(self._gap, state=state, ended_at=self._ended_at)
        is_worth_reporting = self._is_reported or self._is_lost
        self._gap, self._is_reported, self._is_lost, self._ended_at = None, False, False, 0
        if is_worth_reporting:
            self._report(closed)
