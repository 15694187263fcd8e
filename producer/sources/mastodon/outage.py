"""When the timelines of one instance were heard and when not, and the gap that is to be told of
it."""

from msgspec.structs import replace

from tidemark.contracts.coverage import Gap, State, Why


class Outage:
    """One gap for all timelines: it opens with the first that is cut, and is over when the last has
    caught up.

    Instants in µs. A cut that is mended within shortest_gap_s is no gap, unless something was lost.
    """

    def __init__(
        self, timelines: list[str], heard_at: int, *, shortest_gap_s: float, gap: Gap | None = None
    ) -> None:
        self._heard_at = dict.fromkeys(timelines, heard_at)
        self._missing: set[str] = set()
        self._shortest_us = int(shortest_gap_s * 1_000_000)
        self._gap = gap
        """The one that there is, or would be if it were longer."""
        self._is_told = gap is not None
        self._opens_at = 0
        self._ended_at: int | None = None
        self._lost = False

    @property
    def told(self) -> Gap | None:
        """The gap that is open and was told, with the number of events so far."""
        return self._gap if self._is_told else None

    @property
    def lacks_any(self) -> bool:
        """Whether something of any is."""
        return bool(self._missing)

    def lacks(self, timeline: str) -> bool:
        """Whether something of it is missing still."""
        return timeline in self._missing

    def complete_until(self, now: int) -> int:
        """Up to when nothing is missing."""
        return now if self._gap is None else self._gap.began_at

    def heard(self, timeline: str, at: int) -> None:
        self._heard_at[timeline] = max(at, self._heard_at[timeline])

    def broke(self, timeline: str, at: int, why: Why) -> None:
        """Its connection ended or could not be made. A cut counts from now on, a silence from when
        it began."""
        if timeline in self._missing:
            return
        self._missing.add(timeline)
        if self._gap is None:
            heard_at = self._heard_at[timeline]
            self._gap = Gap(began_at=heard_at, why=why)
            self._opens_at = (at if why in (Why.CUT, Why.REFUSED) else heard_at) + self._shortest_us

    def opened(self, timeline: str, at: int) -> None:
        """Its connection stands again; what was missed is still to be had."""
        self.heard(timeline, at)
        if timeline in self._missing:
            self._ended_at = at

    def mended(self, timeline: str, *, lost: bool) -> None:
        """What was missed of it has come, or (lost) is given up."""
        self._missing.discard(timeline)
        self._lost = self._lost or lost

    def took(self) -> None:
        """An event came that was missed."""
        if self._gap is not None:
            self._gap = replace(self._gap, events=self._gap.events + 1)

    def to_tell(self, now: int) -> Gap | None:
        """The gap, where it opens or ends now."""
        if self._gap is None:
            return None
        if not self._missing:
            return self._over()
        if not self._is_told and now > self._opens_at:
            self._is_told = True
            return self._gap
        return None

    def _over(self) -> Gap | None:
        assert self._gap is not None  # noqa: S101
        over = replace(
            self._gap, state=State.LOST if self._lost else State.HEALED, ended_at=self._ended_at
        )
        is_news = self._is_told or self._lost
        self._gap, self._is_told, self._ended_at, self._lost = None, False, None, False
        return over if is_news else None
