"""What producer/sources/base/source.py asks of a source, asked of every source."""

import gzip
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import pytest
from bluesky_payloads import messages
from mastodon_payloads import statuses
from pydantic import SecretStr
from stand_ins import jetstream, mastodon_script
from stand_ins.event_streams import Action, Changes, EventStreams, made_up_change
from stand_ins.mastodon_api import MastodonInstance
from stand_ins.x_api import XApi
from stand_ins.x_api_script import Close, Connection, Hold, Posts
from tracked import UNHEARD, Tracked

from producer.clock import SystemClock
from producer.cursor import CursorFile, SavedPosition
from producer.sources.base.signals import Cursor
from producer.sources.registry import SOURCES
from tidemark.contracts.coverage import Gap
from tidemark.contracts.events import Event
from tidemark.contracts.sources import SOURCES as SPECS
from tidemark.contracts.sources import SourceSpec
from tidemark.errors import SetupError
from tidemark.settings import (
    BlueskySettings,
    MastodonSettings,
    ReplaySettings,
    SampleSettings,
    Settings,
    WikimediaSettings,
    XSettings,
)

EVENTS = 60
PATIENCE_S = 20

LINES = [
    b'{"data":{"id":"%d","author_id":"%d","text":"\xc3\xa9"}}' % (number, number % 7)
    for number in range(EVENTS)
]

LINES_OF = {
    "bluesky": messages(EVENTS),
    "mastodon": statuses(EVENTS),
    "wikimedia": [made_up_change(number, 1_790_000_000_123) for number in range(EVENTS)],
}
"""For each source what it gives, where that is not LINES."""


def replay(folder: Path, stack: ExitStack) -> Settings:
    file = folder / "posts.jsonl.gz"
    file.write_bytes(gzip.compress(b"\n".join(LINES)))
    return Settings(replay=ReplaySettings(file=file))


def sample(folder: Path, stack: ExitStack) -> Settings:
    return Settings(sample=SampleSettings(rate=2, history_minutes=1))


def x(folder: Path, stack: ExitStack) -> Settings:
    script: list[Connection] = [[Posts(20), Hold(for_s=0.7), Close()], [Posts(20), Close()]]
    api = stack.enter_context(XApi(LINES, script=script, token="a-token", with_rules=False))
    return Settings(
        x=XSettings(api_url=api.url, bearer_token=SecretStr("a-token"), track=["kafka"])
    )


def wikimedia(folder: Path, stack: ExitStack) -> Settings:
    script: list[list[Action]] = [[Changes(20), Hold(silent=True, for_s=0.7), Close()]]
    streams = stack.enter_context(EventStreams(LINES_OF["wikimedia"], script=script))
    return Settings(wikimedia=WikimediaSettings(contact="someone@example.org", url=streams.url))


def bluesky(folder: Path, stack: ExitStack) -> Settings:
    script: list[jetstream.Connection] = [
        [jetstream.Messages(20), jetstream.Hold(for_s=0.7), jetstream.Close()]
    ]
    host = stack.enter_context(
        jetstream.Jetstream(jetstream.Firehose(LINES_OF["bluesky"]), script=script)
    )
    return Settings(bluesky=BlueskySettings(hosts=[host.url], profiles=False))


def mastodon(folder: Path, stack: ExitStack) -> Settings:
    first: list[mastodon_script.Action] = [
        mastodon_script.Posts(20),
        mastodon_script.Hold(for_s=0.7),
        mastodon_script.Unsent(20),
    ]
    script: list[mastodon_script.Connection] = [[*first, mastodon_script.Cut()]]
    instance = stack.enter_context(MastodonInstance(LINES_OF["mastodon"], script=script))
    return Settings(
        mastodon=MastodonSettings(url=instance.url, access_token=SecretStr(instance.token))
    )


WORLDS: dict[str, Callable[[Path, ExitStack], Settings]] = {
    "bluesky": bluesky,
    "mastodon": mastodon,
    "replay": replay,
    "sample": sample,
    "wikimedia": wikimedia,
    "x": x,
}
"""For each source settings with which it gives at least EVENTS events, from a world of its own."""


@pytest.fixture(params=SOURCES)
def new_source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Tracked]]:
    """Makes the source again and again in the same world, as a restarted program would."""
    with ExitStack() as stack:
        settings = WORLDS[request.param](tmp_path, stack)
        yield lambda: Tracked(SOURCES[request.param](settings, SystemClock()))


@pytest.fixture
def spec(request: pytest.FixtureRequest) -> SourceSpec:
    """The row of the source that `new_source` makes."""
    return SPECS[request.node.callspec.params["new_source"]]


def taken(source: Tracked, count: int, after: Cursor | None = None) -> list[tuple[Event, Cursor]]:
    """The next `count`, or fewer where the source ends."""
    deadline = time.monotonic() + PATIENCE_S
    found: list[tuple[Event, Cursor]] = []
    with closing(source):
        for received in source.events(after):
            assert time.monotonic() < deadline, f"only {len(found)} of {count} came"
            if isinstance(received, tuple):
                found.append(received)
            if len(found) == count:
                break
    return found


def test_every_source_is_here() -> None:
    assert WORLDS.keys() == SOURCES.keys()


def test_it_is_called_by_its_name_and_writes_to_the_topics_of_its_row(
    new_source: Callable[[], Tracked], spec: SourceSpec
) -> None:
    source = new_source().source

    assert source.name == spec.name
    assert spec.writes[0] == source.topic
    source.close()


def test_its_events_are_whole(new_source: Callable[[], Tracked], spec: SourceSpec) -> None:
    before_us = time.time_ns() // 1000

    events = [event for event, _ in taken(new_source(), EVENTS)]

    assert len(events) == EVENTS
    for event in events:
        assert type(event.value) is bytes
        assert event.source in spec.networks
        assert before_us <= event.received_at <= time.time_ns() // 1000
        assert event.reason is None
        if event.event_id is not None:
            prefix = spec.id_prefix or event.source
            assert event.event_id.startswith(f"{prefix}:")
            assert event.key is not None
        assert all(
            isinstance(name, str) and isinstance(value, bytes) for name, value in event.headers()
        )


def test_its_cursors_survive_being_written_down(
    new_source: Callable[[], Tracked], tmp_path: Path
) -> None:
    for _, cursor in taken(new_source(), EVENTS):
        assert json.loads(json.dumps(cursor)) == cursor
    CursorFile(tmp_path, "any").save(SavedPosition(dict(cursor)))
    assert CursorFile(tmp_path, "any").load().cursor == cursor


@pytest.mark.parametrize("left_after", [1, 20])
def test_left_and_taken_up_again_it_loses_and_doubles_nothing(
    new_source: Callable[[], Tracked], left_after: int, spec: SourceSpec
) -> None:
    if not spec.can_resume and left_after == 1:
        pytest.skip("X gives no post twice: what was on its way when we left is gone")
    first = taken(new_source(), left_after)

    rest = taken(new_source(), EVENTS - left_after, after=first[-1][1])

    ids = [event.event_id for event, _ in first + rest if event.event_id]
    assert len(first + rest) == EVENTS
    assert len(ids) == len(set(ids))
    if spec.name != "sample":
        values = [event.value for event, _ in first + rest]
        # Mastodon's pages of the past come beside its stream.
        in_order = sorted(values) if spec.name == "mastodon" else values
        assert in_order == LINES_OF.get(spec.name, LINES)


def test_left_before_its_first_event_it_has_told_from_where_to_go_on_and_gives_all(
    new_source: Callable[[], Tracked], spec: SourceSpec
) -> None:
    with closing(new_source()) as source:
        first = next(source.events(None))
    if not spec.is_live:  # it has a beginning, and no gaps
        return

    assert isinstance(first, Mapping)
    assert "heard_at" in first
    assert len(taken(new_source(), EVENTS, after=first)) == EVENTS


def test_cut_off_it_says_that_it_is_not_heard_before_that_is_a_gap(
    new_source: Callable[[], Tracked], spec: SourceSpec
) -> None:
    if not spec.is_live:  # it is never cut off
        return
    deadline = time.monotonic() + PATIENCE_S
    with closing(new_source()) as source:
        received = source.events(None)
        events = (told for told in received if isinstance(told, tuple))
        next(itertools.islice(events, 19, None))

        while (told := next(received)) is not UNHEARD:
            assert not isinstance(told, Gap)
            assert time.monotonic() < deadline


def test_it_gives_the_loop_a_moment_when_there_is_nothing(
    new_source: Callable[[], Tracked],
) -> None:
    longest_s, before_s = 0.0, time.monotonic()
    with closing(new_source()) as source:
        for _ in itertools.islice(source.events(None), EVENTS + 20):
            longest_s = max(longest_s, time.monotonic() - before_s)
            before_s = time.monotonic()

    # 0.2 s is what is promised; a busy machine may take longer, a source that waits for its world
    # takes for ever.
    assert longest_s < 3


def test_it_lets_go_at_once_in_the_middle_and_unread(new_source: Callable[[], Tracked]) -> None:
    for count in (0, 5):
        source = new_source()
        list(itertools.islice(source.events(None), count))
        before_s = time.monotonic()

        source.close()

        assert time.monotonic() - before_s < 2


WRONG: Final[list[dict[str, str | int]]] = [
    {"heard_at": "yesterday", "line": "one", "live_from": "now"},
    {"gap": "{}", "heard_at": 1, "line": 1, "live_from": 1},
    {
        "had": "[1]",
        "gap": "no gap",
        "line": -1,
        "byte": -1,
        "head_bytes": -1,
        "heard_at": "x",
        "head_sha256": "",
    },
]


@pytest.mark.parametrize("cursor", WRONG)
def test_a_cursor_of_another_shape_is_one_line_that_says_what_to_do(
    new_source: Callable[[], Tracked], cursor: dict[str, str | int], spec: SourceSpec
) -> None:
    if not spec.can_resume and cursor["heard_at"] == 1:
        return  # all that it keeps is when it was heard
    with closing(new_source()) as source, pytest.raises(SetupError) as error:
        next(source.events(cursor))

    named = f"cursors/{spec.name}.json in the data folder is no cursor of {spec.name}"
    assert named in str(error.value)
    assert ("from the beginning" in str(error.value)) == (not spec.is_live)
    assert "\n" not in str(error.value)


def test_what_a_newer_version_has_added_to_its_cursors_is_passed_over(
    new_source: Callable[[], Tracked],
) -> None:
    _, cursor = taken(new_source(), 20)[-1]

    assert len(taken(new_source(), 5, after={**cursor, "mood": "good"})) == 5
