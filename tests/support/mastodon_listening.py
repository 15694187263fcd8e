"""The source, listening to the stand-in for a Mastodon instance over real HTTP."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from mastodon_payloads import statuses
from pydantic import SecretStr
from stand_ins.mastodon_api import MastodonInstance
from stand_ins.mastodon_script import Connection
from tracked import Received, Tracked

from producer.clock import SystemClock
from producer.sources.base.signals import Cursor
from producer.sources.mastodon.source import Mastodon
from tidemark.contracts.coverage import Gap, State
from tidemark.contracts.events import Event
from tidemark.errors import SourceError
from tidemark.settings import MastodonSettings

TOKEN = "a-token"


PATIENCE_S = 20


POSTS = statuses(8)


def instance_of(
    posts: Iterable[bytes] = POSTS, script: Iterable[Connection] = (), **options: Any
) -> MastodonInstance:
    return MastodonInstance(posts, script=script, token=TOKEN, **options)


def source_of(
    instance: MastodonInstance,
    *,
    token: str = TOKEN,
    first_retry_s: float = 0.01,
    shortest_gap_s: float = PATIENCE_S,
    silent_s: float = PATIENCE_S,
    max_pages: int = 400,
    **settings: Any,
) -> Tracked:
    source = Mastodon(
        MastodonSettings(url=instance.url, access_token=SecretStr(token), **settings),
        SystemClock(),
        first_retry_s=first_retry_s,
        silent_s=silent_s,
        max_pages=max_pages,
    )
    return Tracked(source, shortest_gap_s=shortest_gap_s)


def until(
    received: Iterator[Received], is_enough: Callable[[list[Received]], bool]
) -> list[Received]:
    """Events and gaps that come, until it is enough; fails where that does not come."""
    deadline = time.monotonic() + PATIENCE_S
    found: list[Received] = []
    while not is_enough(found):
        assert time.monotonic() < deadline, f"only {found} came"
        found += [item for item in [next(received)] if isinstance(item, tuple | Gap)]
    return found


def taken(source: Tracked, count: int, after: Cursor | None = None) -> list[tuple[Event, Cursor]]:
    found = until(source.events(after), lambda all_: len(events_of(all_)) == count)
    return [item for item in found if isinstance(item, tuple)]


def events_of(received: Iterable[Received]) -> list[Event]:
    return [item[0] for item in received if isinstance(item, tuple)]


def gaps_of(received: Iterable[Received]) -> list[Gap]:
    return [item for item in received if isinstance(item, Gap)]


def values(events: Iterable[tuple[Event, Cursor]]) -> list[bytes]:
    return [event.value for event, _ in events]


def is_over(received: list[Received]) -> bool:
    return any(gap.state is not State.OPEN for gap in gaps_of(received))


def ended_by(source: Tracked) -> str:
    with pytest.raises(SourceError) as error:
        until(source.events(None), lambda _: False)
    return str(error.value)


def minutes_before(cursor: Cursor) -> Cursor:
    return {**cursor, "heard_at": int(cursor["heard_at"]) - 120_000_000}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
