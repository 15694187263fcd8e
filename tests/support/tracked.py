"""A source, read as the loop reads it: its events with cursors, and the gaps that its signals are."""

import time
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any, Final

import msgspec

from producer.coverage.gaps import SHORTEST_GAP_S, GapTracker
from producer.cursor import position_of
from producer.sources.base.signals import (
    Activity,
    CaughtUp,
    Checkpoint,
    Connected,
    Cursor,
    Disconnected,
    Item,
    Quiet,
    Silent,
    Started,
    Truncated,
)
from producer.sources.base.source import reading_cursor
from tidemark.contracts.coverage import Gap
from tidemark.contracts.events import Event


class Unheard(Enum):
    """Nothing for now, while the source is not connected or behind."""

    UNHEARD = auto()


UNHEARD: Final = Unheard.UNHEARD
Received = tuple[Event, Cursor] | Cursor | Gap | Unheard | None
"""An event with a cursor, in the form of older versions: `heard_at` and the open gap are in it. Or
that cursor alone, before the first event; a gap that opens or closes; nothing for now, connected
(None) or not."""


class Tracked:
    """Yields each gap where the loop would report it, before the event that shows it."""

    def __init__(self, source: Any, *, shortest_gap_s: float = SHORTEST_GAP_S) -> None:
        self.source = source
        self._shortest_gap_s = shortest_gap_s
        self._gaps: list[Gap] = []
        self._tracker = GapTracker(self._gaps.append, 0)

    def events(self, after: Cursor | None) -> Iterator[Received]:
        name = self.source.name
        with reading_cursor(name):
            saved = position_of({"cursor": after and dict(after), "heard_at": None})
        self._tracker = GapTracker(
            self._gaps.append,
            time.time_ns() // 1000,
            last_active_at=saved.covered_until,
            gap=saved.gap,
            shortest_gap_s=self._shortest_gap_s,
        )
        for signal in self.source.events(after):
            found = self._received(signal, is_resumed=after is not None)
            yield from self._gaps
            self._gaps.clear()
            if not isinstance(found, bool):
                yield found

    def close(self) -> None:
        self.source.close()

    def _received(self, signal: Any, *, is_resumed: bool) -> Received | bool:
        """What is yielded for it; a bool for nothing at all."""
        now, tracker = time.time_ns() // 1000, self._tracker
        match signal:
            case Item():
                tracker.on_event(signal)
                return signal.event, self._cursor(signal.cursor)
            case Quiet():
                tracker.on_quiet(now)
                return None
            case Silent():
                tracker.check_silence(now, signal.channel)
                return UNHEARD
            case Activity():
                tracker.on_activity(*signal)
            case Connected():
                tracker.on_connected(*signal)
            case Disconnected():
                tracker.on_disconnect(*signal)
                return UNHEARD
            case CaughtUp():
                tracker.on_caught_up(signal.channel, is_lost=signal.is_lost)
            case Truncated():
                tracker.on_truncated(*signal)
            case Started():
                tracker.on_started(signal.channels, is_resumed=is_resumed)
                return is_resumed or self._cursor(signal.cursor)
            case Checkpoint():
                return self._cursor(signal.cursor)
            case _:
                return signal  # type: ignore[no-any-return]
        return True

    def _cursor(self, cursor: Cursor) -> Cursor:
        whole: dict[str, str | int] = {"heard_at": self._tracker.covered_until, **cursor}
        if self._tracker.gap is not None:
            whole["gap"] = msgspec.json.encode(self._tracker.gap).decode()
        return whole
