"""When X is not heard: told as it begins, and as lost once X is heard again, since X sends nothing
twice."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing

from pydantic import SecretStr
from stand_ins.x_api import XApi
from stand_ins.x_api_script import Close, Connection, Hold, KeepAlive, Posts
from tracked import Tracked

from producer.clock import SystemClock
from producer.sources.base.signals import Cursor
from producer.sources.x.stream import XStream
from tidemark.contracts.coverage import Cause, Gap, State
from tidemark.settings import XSettings

PATIENCE_S = 15
POSTS = [b'{"data":{"id":"%d","author_id":"7"}}' % number for number in range(1, 9)]


def stand_in(script: Iterable[Connection] = ()) -> XApi:
    return XApi(POSTS, script=script, token="a-token", with_rules=False)


def stream_of(api: XApi, *, shortest_gap_s: float = 5, shortest_wait_s: float = 0.01) -> Tracked:
    settings = XSettings(bearer_token=SecretStr("a-token"), api_url=api.url, track=["kafka"])
    source = XStream(settings, SystemClock(), shortest_wait_s=shortest_wait_s)
    return Tracked(source, shortest_gap_s=shortest_gap_s)


def gaps_until(
    source: Tracked, after: Cursor | None, is_enough: Callable[[list[Gap]], bool]
) -> list[Gap]:
    """All that are told until there are enough."""
    deadline = time.monotonic() + PATIENCE_S
    gaps: list[Gap] = []
    for received in source.events(after):
        assert time.monotonic() < deadline, gaps
        if isinstance(received, Gap):
            gaps.append(received)
        if is_enough(gaps):
            break
    return gaps


def test_a_gap_is_told_as_it_opens_and_as_lost_once_x_is_heard_again() -> None:
    script: list[Connection] = [[Posts(3), Close()], [Posts(3), Hold()]]
    with (
        stand_in(script) as api,
        closing(stream_of(api, shortest_gap_s=0.3, shortest_wait_s=0.8)) as source,
    ):
        opened, lost = gaps_until(source, None, lambda gaps: len(gaps) == 2)

    assert opened == Gap(opened.began_at, Cause.CUT)
    assert lost == Gap(opened.began_at, Cause.CUT, State.LOST, lost.ended_at)
    assert lost.ended_at is not None
    assert lost.ended_at - lost.began_at > 300_000


def test_what_was_written_while_we_were_stopped_is_lost() -> None:
    stopped_at = time.time_ns() // 1000 - 60_000_000
    with stand_in() as api, closing(stream_of(api)) as source:
        gaps = gaps_until(
            source,
            {"heard_at": stopped_at},
            lambda gaps: gaps[-1:] != [] and gaps[-1].ended_at is not None,
        )

    assert gaps[-1] == Gap(stopped_at, Cause.STOPPED, State.LOST, gaps[-1].ended_at)
    assert {(gap.began_at, gap.why) for gap in gaps} == {(stopped_at, Cause.STOPPED)}


def test_a_quiet_stream_with_keep_alives_is_no_gap() -> None:
    with stand_in([[KeepAlive(), Hold(for_s=1.0), Posts(1), Hold()]]) as api:
        source = stream_of(api, shortest_gap_s=0.3)
        with closing(source):
            received = next(item for item in source.events(None) if isinstance(item, tuple | Gap))

    assert isinstance(received, tuple)
