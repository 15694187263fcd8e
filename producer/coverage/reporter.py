"""What the loop tells of its own hearing: the stretches in which the source was heard, between its
gaps."""

from collections.abc import Iterator
from typing import Final

from producer.clock import Clock
from producer.coverage.gaps import SHORTEST_GAP_S
from producer.cursor import Left
from producer.sources.base import UNHEARD, Received
from tidemark.contracts.coverage import Gap, Heard, State

TELL_EVERY_S: Final = 10.0
_ASLEEP_US: Final = 30_000_000
"""The loop looks several times a second. One that has not looked for so long was not there."""


class Coverage:
    """Instants in µs. A source is heard from the start on, quiet or not, until it tells of a gap.

    Some seconds before a gap is noticed may have been told as heard; the gap, told later, takes
    them back.
    """

    def __init__(self, left: Left, clock: Clock) -> None:
        """Goes on where the last run left off; a pause too short for a gap is none here either."""
        self._clock = clock
        self._looked_at = self._heard_at = clock.now_us()
        self.is_open = left.is_open
        """Whether the source has told of a gap, and not yet that it is over."""
        self._from = self._looked_at
        self._untold: list[Heard] = []
        self._tell_at_s = clock.elapsed_s() + TELL_EVERY_S
        if left.heard_at is None or left.told_until is None:
            return
        if left.is_open:
            self._from = left.heard_at
        elif 0 <= self._looked_at - left.heard_at <= SHORTEST_GAP_S * 1_000_000:
            self._from = left.told_until
        elif left.told_until < left.heard_at:
            self._untold.append(Heard(left.told_until, left.heard_at))

    @property
    def heard_at(self) -> int:
        """Until when the source was heard."""
        return self._from if self.is_open else self._heard_at

    @property
    def told_until(self) -> int:
        """Until when that was told."""
        return self._from

    def look(self, received: Received) -> None:
        """The source has just given this."""
        now = self._clock.now_us()
        if not 0 <= now - self._looked_at <= _ASLEEP_US and not self.is_open:
            self._end(self._looked_at)
            self._from = self._heard_at = now
        self._looked_at = now
        if isinstance(received, tuple):
            _, cursor = received
            self._heard_at = int(cursor.get("heard_at", now))
        elif received is not UNHEARD:
            self._heard_at = now

    def take(self, gap: Gap) -> None:
        """The source has told of a gap: it begins, or is over."""
        if not self.is_open:
            self._end(min(gap.began_at, self._looked_at))
        self.is_open = gap.state is State.OPEN
        if self.is_open:
            self._from = gap.began_at
        else:
            self._from = max(self._from, gap.ended_at or self._looked_at)

    def to_tell(self, *, all_of_it: bool = False) -> Iterator[Heard]:
        """What is to be told now: every TELL_EVERY_S, or all that there is."""
        if all_of_it or self._clock.elapsed_s() >= self._tell_at_s:
            self._tell_at_s = self._clock.elapsed_s() + TELL_EVERY_S
            if not self.is_open:
                self._end(self._looked_at)
        yield from self._untold
        self._untold.clear()

    def _end(self, at: int) -> None:
        if at > self._from:
            self._untold.append(Heard(self._from, at))
            self._from = at
