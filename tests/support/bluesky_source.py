"""The source of Bluesky with short waits, and what it gives."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from stand_ins.jetstream import Jetstream
from tracked import Received, Tracked

from producer.clock import SystemClock
from producer.sources.base.signals import Cursor
from producer.sources.bluesky.source import Bluesky
from producer.transport.backoff import Backoff
from tidemark.contracts.coverage import Gap
from tidemark.contracts.events import Event
from tidemark.settings import BlueskySettings

PATIENCE_S = 15


def now_us() -> int:
    return time.time_ns() // 1000


def source_of(
    *hosts: Jetstream | str,
    shortest_gap_s: float = 5.0,
    silent_s: float = 30.0,
    renew_s: float = 300.0,
    first_s: float = 0.01,
    **options: Any,
) -> Tracked:
    urls = [host if isinstance(host, str) else host.url for host in hosts]
    settings = BlueskySettings(hosts=urls, **({"profiles": False} | options))
    backoff = Backoff(first_s, last_s=first_s)
    source = Bluesky(settings, SystemClock(), backoff=backoff, silent_s=silent_s, renew_s=renew_s)
    return Tracked(source, shortest_gap_s=shortest_gap_s)


def taken(
    source: Tracked, is_enough: Callable[[list[Received]], bool], after: Cursor | None = None
) -> list[Received]:
    """Events and gaps that come, until it is enough; fails where it does not come."""
    deadline = time.monotonic() + PATIENCE_S
    found: list[Received] = []
    for received in source.events(after):
        assert time.monotonic() < deadline, f"only this came: {found}"
        if isinstance(received, tuple | Gap):
            found.append(received)
        if is_enough(found):
            break
    return found


def events_in(found: Iterable[Received]) -> list[Event]:
    return [received[0] for received in found if isinstance(received, tuple)]


def cursor_after(found: Iterable[Received]) -> Cursor:
    """That of the last event."""
    return [received[1] for received in found if isinstance(received, tuple)][-1]


def gaps_in(found: Iterable[Received]) -> list[Gap]:
    return [received for received in found if isinstance(received, Gap)]


def events_from(source: Tracked, count: int, after: Cursor | None = None) -> list[Event]:
    return events_in(taken(source, lambda found: len(events_in(found)) >= count, after))
