import gzip
import itertools
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from stand_ins.clock import FakeClock

from producer.sources.base.signals import Cursor, Item
from producer.sources.replay.source import Replay
from tidemark.contracts.events import Event
from tidemark.errors import SettingsError, SourceError
from tidemark.settings import Settings

LINES = [
    b'{"data":{"id":"1","author_id":"7","created_at":"2026-11-21T10:00:00.000Z"}}',
    b"not json",
    b'{"data":{"id":"2","author_id":"8","created_at":"2026-11-21T10:00:10.000Z"}}',
    b'{"data":{"id":"3","author_id":"7","created_at":"2026-11-21T10:00:05.000Z"}}',
    b'{"data":{"id":"4","author_id":"9","created_at":"2026-11-21T10:00:40.000Z"}}',
]
NOW_US = 1_790_000_000_000_000


def written(path: Path, lines: Iterable[bytes] = LINES, end: bytes = b"\n") -> Path:
    content = b"".join(line + end for line in lines)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def played(path: Path, after: Cursor | None = None) -> list[tuple[Event, Cursor]]:
    with closing(Replay(path, FakeClock())) as source:
        signals = source.events(after)
        return [(item.event, item.cursor) for item in signals if isinstance(item, Item)]


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_every_line_is_an_event_as_it_stands_in_the_file(tmp_path: Path, name: str) -> None:
    events = [event for event, _ in played(written(tmp_path / name))]

    assert events == [
        Event(LINES[0], "x", NOW_US, key=b"7", event_id="x:1"),
        Event(LINES[1], "x", NOW_US),
        Event(LINES[2], "x", NOW_US, key=b"8", event_id="x:2"),
        Event(LINES[3], "x", NOW_US, key=b"7", event_id="x:3"),
        Event(LINES[4], "x", NOW_US, key=b"9", event_id="x:4"),
    ]


def test_line_ends_of_windows_empty_lines_and_a_missing_last_end_make_no_difference(
    tmp_path: Path,
) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(b"\r\n".join([LINES[0], b"", LINES[1], LINES[2]]))

    assert [event.value for event, _ in played(path)] == LINES[:3]


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
@pytest.mark.parametrize("left_after", range(5))
def test_it_goes_on_after_the_line_where_it_was_left(
    tmp_path: Path, name: str, left_after: int
) -> None:
    path = written(tmp_path / name)
    events = played(path)

    assert played(path, events[left_after][1]) == events[left_after + 1 :]


def test_lines_added_later_are_played_from_where_it_was_left(tmp_path: Path) -> None:
    path = written(tmp_path / "posts.jsonl", LINES[:2])
    cursor = played(path)[-1][1]
    written(path, LINES)

    assert [event.value for event, _ in played(path, cursor)] == LINES[2:]


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_another_file_in_its_place_is_an_error_that_says_what_to_do(
    tmp_path: Path, name: str
) -> None:
    path = written(tmp_path / name)
    cursor = played(path)[-1][1]
    written(path, reversed(LINES))

    with pytest.raises(
        SourceError, match=r"left after line 5; set TIDEMARK_REPLAY__FILE .*cursors/replay.json"
    ):
        played(path, cursor)


def test_a_file_that_became_shorter_than_what_was_read_is_an_error(tmp_path: Path) -> None:
    lines = [b'{"id":%d}' % number for number in range(20_000)]
    path = written(tmp_path / "posts.jsonl", lines)
    cursor = played(path)[-1][1]
    written(path, lines[:10_000])

    with pytest.raises(SourceError, match="no longer"):
        played(path, cursor)


def test_a_gz_that_was_cut_gives_all_it_holds_and_then_an_error(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(LINES) + b"\n")[:-12])
    source = Replay(path, FakeClock())
    values = []

    with pytest.raises(SourceError, match="cannot be read"):  # noqa: PT012
        for received in source.events(None):
            assert isinstance(received, Item)
            values.append(received.event.value)
    source.close()

    assert values == LINES[: len(values)]


def test_a_line_without_end_is_cut_into_pieces_that_memory_holds(tmp_path: Path) -> None:
    path = written(tmp_path / "posts.jsonl", [b"x" * (40 << 20), LINES[0]])

    sizes = [len(event.value) for event, _ in played(path)]

    assert sizes == [16 << 20, 16 << 20, 8 << 20, len(LINES[0])]


@pytest.mark.parametrize(
    ("speed", "seconds"), [(1, [0, 0, 10, 10, 40]), (10, [0, 0, 1, 1, 4]), (0, [0] * 5)]
)
def test_pauses_are_as_recorded_or_shorter_and_posts_out_of_order_follow_at_once(
    tmp_path: Path, speed: float, seconds: list[float]
) -> None:
    clock = FakeClock()
    source = Replay(written(tmp_path / "posts.jsonl"), clock, speed=speed)

    heard_at = [clock.elapsed_s() for received in source.events(None) if isinstance(received, Item)]
    source.close()

    assert heard_at == pytest.approx(seconds, abs=0.001)


def test_it_never_keeps_the_loop_waiting(tmp_path: Path) -> None:
    clock = FakeClock()
    source = Replay(written(tmp_path / "posts.jsonl"), clock, speed=1)

    moments = [clock.elapsed_s() for _ in source.events(None)]
    source.close()

    assert max(after - before for before, after in itertools.pairwise(moments)) <= 0.2 + 1e-9


def test_a_wrong_time_does_not_stall_what_comes_after(tmp_path: Path) -> None:
    times = [
        "2026-11-21T10:00:00Z",
        "9999-01-01T00:00:00Z",
        "2026-11-21T10:00:01Z",
        "2026-11-21T10:00:03Z",
    ]
    path = written(
        tmp_path / "posts.jsonl",
        [b'{"data":{"created_at":"%s"}}' % time.encode() for time in times],
    )
    clock = FakeClock()
    source = Replay(path, clock, speed=1)

    heard_at = [clock.elapsed_s() for received in source.events(None) if isinstance(received, Item)]
    source.close()

    assert heard_at == pytest.approx([0, 60, 60, 62], abs=0.001)


def test_without_a_file_or_with_one_that_is_not_there_it_says_which_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TIDEMARK_REPLAY__FILE is not set"):
        Replay.from_settings(Settings(), FakeClock())
    with pytest.raises(SourceError, match=r"missing.jsonl cannot be read"):
        played(tmp_path / "missing.jsonl")
