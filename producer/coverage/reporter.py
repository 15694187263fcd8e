"""The stretches of time in which a source was covered, between its gaps."""

from collections.abc import Iterator
from typing import Final

from producer.clock import Clock
from producer.coverage.gaps import SHORTEST_GAP_S
from producer.cursor import SavedPosition
from tidemark.contracts.coverage import Covered, Gap, State

REPORT_EVERY_S: Final = 10.0
_ASLEEP_US: Final = 30_000_000
"""The loop looks several times a second. One that has not looked for so long was not running."""


class CoverageReporter:
    """Instants in µs. A source is covered from the start on, quiet or not, until a gap opens.

    A gap is noticed some seconds late. What was reported as covered meanwhile is cleared when the
    gap is reported.
    """

    def __init__(self, saved: SavedPosition, clock: Clock) -> None:
        """Resume where the last run stopped; a pause too short for a gap is none here either."""
        self._clock = clock
        self._looked_at = clock.now_us()
        self.is_open = saved.is_open
        """Whether a gap was reported as open, and not yet as closed."""
        self._from = self._looked_at
        self._unreported: list[Covered] = []
        self._report_at_s = clock.elapsed_s() + REPORT_EVERY_S
        if saved.covered_until is None or saved.reported_until is None:
            return
        if saved.is_open:
            self._from = saved.covered_until
        elif 0 <= self._looked_at - saved.covered_until <= SHORTEST_GAP_S * 1_000_000:
            self._from = saved.reported_until
        elif saved.reported_until < saved.covered_until:
            self._unreported.append(Covered(saved.reported_until, saved.covered_until))

    @property
    def reported_until(self) -> int:
        """Return until when it was reported that the source was covered; in a gap, when that
        began."""
        return self._from

    def look(self, now: int) -> None:
        """Note that the loop is running."""
        if not 0 <= now - self._looked_at <= _ASLEEP_US and not self.is_open:
            self._end(self._looked_at)
            self._from = now
        self._looked_at = now

    def on_gap(self, gap: Gap) -> None:
        """Note that a gap opens, or is over."""
        if not self.is_open:
            self._end(min(gap.began_at, self._looked_at))
        self.is_open = gap.state is State.OPEN
        if self.is_open:
            self._from = gap.began_at
        else:
            self._from = max(self._from, gap.ended_at or self._looked_at)

    def due(self, *, all_of_it: bool = False) -> Iterator[Covered]:
        """Yield what is to be reported now: every REPORT_EVERY_S, or all that there is."""
        if all_of_it or self._clock.elapsed_s() >= self._report_at_s:
            self._report_at_s = self._clock.elapsed_s() + REPORT_EVERY_S
            if not self.is_open:
                self._end(self._looked_at)
        yield from self._unreported
        self._unreported.clear()

    def _end(self, at: int) -> None:
        if at > self._from:
            self._unreported.append(Covered(self._from, at))
            self._from = at
