"""Wikimedia's source on its stand-in, and what it gives."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from stand_ins.event_streams import (
    EventStreams,
    Payload,
    made_up_change,
)
from tracked import Received, Tracked

from producer.clock import SystemClock
from producer.sources.base.signals import Cursor
from producer.sources.wikimedia.source import Wikimedia
from producer.transport.backoff import Backoff
from tidemark.contracts.coverage import Gap, State
from tidemark.contracts.events import Event
from tidemark.settings import WikimediaSettings

PATIENCE_S = 15
SHORTEST_GAP_S = 0.4
CHANGES: list[Payload] = [partial(made_up_change, number) for number in range(12)]
EVERY_ID = [f"wm:change-{number}" for number in range(12)]


def source_of(
    streams: EventStreams,
    *,
    retry_s: float = 0.01,
    silent_s: float = 5,
    renew_s: float = 300,
    **filters: Any,
) -> Tracked:
    source = Wikimedia(
        WikimediaSettings(contact="someone@example.org", url=streams.url, **filters),
        SystemClock(),
        backoff=Backoff(retry_s, retry_s),
        late_s=SHORTEST_GAP_S,
        silent_s=silent_s,
        renew_s=renew_s,
    )
    return Tracked(source, shortest_gap_s=SHORTEST_GAP_S)


def received_of(
    source: Tracked, after: Cursor | None = None
) -> Iterator[tuple[Event, Cursor] | Gap]:
    deadline = time.monotonic() + PATIENCE_S
    for received in source.events(after):
        assert time.monotonic() < deadline, "it did not come in time"
        if isinstance(received, tuple | Gap):
            yield received


def until(
    received: Iterator[tuple[Event, Cursor] | Gap], enough: Callable[[list[Any]], bool]
) -> list[Any]:
    """What comes until it is enough."""
    found: list[Any] = []
    while not enough(found):
        found.append(next(received))
    return found


def events_of(source: Tracked, count: int, after: Cursor | None = None) -> list[Event]:
    found = until(received_of(source, after), lambda found: len(told_events(found)) == count)
    return [event for event, _ in told_events(found)]


def told_events(found: Iterable[Received]) -> list[tuple[Event, Cursor]]:
    return [received for received in found if isinstance(received, tuple)]


def told_gaps(found: Iterable[Received]) -> list[Gap]:
    return [received for received in found if isinstance(received, Gap)]


def ids(found: Iterable[Received]) -> list[str | None]:
    return [event.event_id for event, _ in told_events(found)]


def is_closed(found: Iterable[Received]) -> bool:
    return any(gap.state is not State.OPEN for gap in told_gaps(found))
