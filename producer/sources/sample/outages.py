"""Made-up outages of a network: when nothing of it arrives, and whether it arrives later."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from producer.sources.sample.timeline import lot
from tidemark.contracts.coverage import Cause

PERIOD_S: Final = 25 * 60
"""Each period has one outage, which ends long before the period does."""

_FIRST_AFTER_S: Final = 120
_STAGGER_S: Final = 180
_SHORTEST_S: Final = 15
_CAUSES: Final = {
    True: (Cause.CUT, Cause.SILENCE, Cause.STOPPED),
    False: (Cause.CUT, Cause.REFUSED, Cause.CLAMPED),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """Seconds since 1970; end_s is the first second after it.

    is_healed  whether what was missed arrives at its end; else it is lost
    """

    start_s: int
    end_s: int
    cause: Cause
    is_healed: bool


class Outages:
    """The outages of one network. They depend on the arguments alone.

    live_from  the periods are counted from this second on, backwards too
    turn       number of the network: their outages do not overlap, and do not all end in the same way
    """

    def __init__(self, seed: int, live_from: int, turn: int) -> None:
        self._seed = seed
        self._live_from = live_from
        self._turn = turn
        self._outage = lru_cache(maxsize=16)(self._make)

    def around(self, second: int) -> Outage:
        """Return the outage of the period that the second belongs to."""
        return self._outage((second - self._live_from) // PERIOD_S)

    def written_in(self, second: int) -> Sequence[int]:
        """Return the seconds whose events arrive in this one: none during an outage, all that were
        missed where one ends that is healed."""
        outage = self.around(second)
        if outage.start_s <= second < outage.end_s:
            return ()
        if second == outage.end_s and outage.is_healed:
            return range(outage.start_s, second + 1)
        return (second,)

    def _make(self, period: int) -> Outage:
        start_s = self._live_from + period * PERIOD_S + _FIRST_AFTER_S + self._turn * _STAGGER_S
        start_s += int(60 * lot(self._seed, 11, period))
        is_healed = (period + self._turn) % 2 == 0
        causes = _CAUSES[is_healed]
        cause = causes[int(lot(self._seed, 12, period) * len(causes))]
        length_s = _SHORTEST_S + int(120 * lot(self._seed, 13, period))
        return Outage(start_s, start_s + length_s, cause, is_healed)
