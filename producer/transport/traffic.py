"""How steadily a source sends, by which a silence is judged: a stream that is never quiet has
broken, another rests."""

from collections import deque
from typing import Final

_SLOTS_A_SILENCE: Final = 10
_BUSY_SLOTS: Final = 20
_WITHIN_SLOTS: Final = 25
_FORGOTTEN_SILENCES: Final = 20


class Traffic:
    """Notes when messages come. Steady is what has come in nearly every tenth of silent_s, for twice
    silent_s.

    A catch-up after a pause, however many messages it has, is no steady stream. What was steady
    counts as such until nothing has come for twenty times silent_s: a source that is busy by day
    may be quiet by night.
    """

    def __init__(self, silent_s: float) -> None:
        self._slot_s = silent_s / _SLOTS_A_SILENCE
        self._forgotten_s = silent_s * _FORGOTTEN_SILENCES
        self._slots: deque[int] = deque(maxlen=_BUSY_SLOTS)
        """Those in which something came, the latest last."""

    def came(self, at_s: float) -> None:
        """Note that a message has come, at this second of a clock that never goes back."""
        slot = int(at_s / self._slot_s)
        if not self._slots or self._slots[-1] != slot:
            self._slots.append(slot)

    def is_due(self, now_s: float) -> bool:
        """Return whether messages are to be expected all the time, so that their absence is a
        fault."""
        slots = self._slots
        if len(slots) < _BUSY_SLOTS or now_s - slots[-1] * self._slot_s > self._forgotten_s:
            return False
        return slots[-1] - slots[0] < _WITHIN_SLOTS
