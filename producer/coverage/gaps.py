"""When a source was heard and when not: finds the gaps, and when they are mended."""

from typing import Final

from msgspec.structs import replace

from tidemark.contracts.coverage import Gap, State, Why

SHORTEST_GAP_S: Final = 5.0


class Hearing:
    """Told what is heard, what is sent and what breaks; tells each gap as it opens and as it
    closes. Instants in µs.

    A gap opens when nothing is heard for longer than shortest_gap_s. It is healed when what comes
    was sent after we heard again: the source has caught up. A gap that opens again before that is
    the same gap.
    """

    def __init__(
        self, heard_at: int, why: Why, *, gap: Gap | None = None, shortest_gap_s: float
    ) -> None:
        self.gap = gap
        """The one that is open, with the number of events that have come so far."""
        self._heard_at = heard_at
        self._why: Why | None = why
        self._ended_at: int | None = None
        self._shortest_us = int(shortest_gap_s * 1_000_000)

    def broke(self, why: Why) -> None:
        """The connection ended, or could not be made. That we were stopped remains the reason until
        we hear."""
        if self._why is not Why.STOPPED:
            self._why = why
        self._ended_at = None

    def unheard(self, now: int) -> Gap | None:
        """The gap that opens now, if it does; asked whenever nothing comes."""
        if now - self._heard_at <= self._shortest_us:
            return None
        self._ended_at = None
        return self._open()

    def heard(self, at: int) -> Gap | None:
        """Anything at all: a connection, a heartbeat, an event. The gap that this shows, where we
        looked too late."""
        opened = self.unheard(at) if self._why is not None else None
        if self._ended_at is None:
            self._ended_at = at
        self._heard_at, self._why = at, None
        return opened

    def held_back(self, at: int) -> None:
        """We did not listen for a while, though the source spoke."""
        self._heard_at = max(self._heard_at, at)

    def sent(self, sent_at: int) -> Gap | None:
        """The gap that is healed by an event sent at this time. To be asked before the event is
        taken."""
        if self.gap is None or self._ended_at is None or sent_at < self._ended_at:
            return None
        return self._close(State.HEALED, self.gap.why, self._ended_at)

    def caught_up(self) -> Gap | None:
        """The source is heard and has no more for us: the gap that this shows to be healed, if one
        is open."""
        if self.gap is None or self._ended_at is None:
            return None
        return self._close(State.HEALED, self.gap.why, self._ended_at)

    def took(self) -> None:
        """An event was taken; while a gap is open, it is one of those that were missed."""
        if self.gap is not None:
            self.gap = replace(self.gap, events=self.gap.events + 1)

    def clamped(self, began_again_at: int) -> Gap | None:
        """The source went on later than we asked: what was sent before is lost. None where no gap
        is open."""
        return None if self.gap is None else self._close(State.LOST, Why.CLAMPED, began_again_at)

    def _open(self) -> Gap | None:
        if self.gap is not None:
            return None
        self.gap = Gap(began_at=self._heard_at, why=self._why or Why.SILENCE)
        return self.gap

    def _close(self, state: State, why: Why, ended_at: int) -> Gap | None:
        assert self.gap is not None  # noqa: S101
        closed, self.gap = replace(self.gap, state=state, why=why, ended_at=ended_at), None
        return closed
