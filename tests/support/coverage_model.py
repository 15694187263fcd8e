"""Coverage, second by second, in plain Python: what charts that flag incomplete times are compared
with."""

from collections.abc import Iterable
from datetime import datetime

from coverage_history import Told, us

from tidemark.contracts.coverage import Covered, Gap, State

Seconds = set[int]
"""Seconds since 1970, each where it begins."""


def _seconds(begin_us: int, end_us: int) -> Seconds:
    return set(range(-(-begin_us // 1_000_000), -(-end_us // 1_000_000)))


class SourceCoverage:
    """Coverage of one source, whose producer has this name."""

    def __init__(self, told: Told, producer: str) -> None:
        events = [event for name, event in told if name == producer]
        gaps = [
            (_seconds(gap.began_at, gap.ended_at or gap.began_at), gap)
            for gap in events
            if isinstance(gap, Gap)
        ]
        missing = _union(seconds for seconds, _ in gaps)
        self.heard = (
            _union(_seconds(s.from_at, s.to_at) for s in events if isinstance(s, Covered)) - missing
        )
        self.healed = _union(seconds for seconds, gap in gaps if gap.state is State.HEALED)
        self._reported = self.heard | missing
        self._there = self.heard | self.healed

    def in_part(self, begin: datetime, end: datetime) -> bool:
        """Return whether anything was reported of this time, and less than 99 of 100 seconds are
        there."""
        seconds = _seconds(us(begin), us(end))
        there = seconds & self._there
        return bool(seconds & self._reported) and len(there) < 0.99 * len(seconds)


def _union(parts: Iterable[Seconds]) -> Seconds:
    found: Seconds = set()
    return found.union(*parts)
