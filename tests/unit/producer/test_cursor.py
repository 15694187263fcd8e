import json
import re
from pathlib import Path

import msgspec
import pytest

from producer.cursor import CursorFile, SavedPosition
from tidemark.contracts.coverage import Cause, Gap
from tidemark.errors import SetupError


def test_a_cursor_is_none_before_the_first_and_then_what_was_last_saved(tmp_path: Path) -> None:
    last = SavedPosition(
        {"line": 2, "byte": 700},
        covered_until=1_790_000_000_000_000,
        reported_until=1_789_999_990_000_000,
        is_open=True,
        sent_at=1_789_999_999_000_000,
        gap=Gap(1_789_999_000_000_000, Cause.CUT, events=3),
    )

    first = CursorFile(tmp_path / "cursors", "replay").load()
    CursorFile(tmp_path / "cursors", "replay").save(SavedPosition({"line": 1}))
    CursorFile(tmp_path / "cursors", "replay").save(last)

    assert first == SavedPosition(cursor=None)
    assert CursorFile(tmp_path / "cursors", "replay").load() == last


def test_a_save_that_was_cut_off_leaves_the_cursor_before_it(tmp_path: Path) -> None:
    CursorFile(tmp_path, "replay").save(SavedPosition({"line": 1}))
    (tmp_path / "replay.new").write_text('{"line"')

    assert CursorFile(tmp_path, "replay").load() == SavedPosition({"line": 1})


def test_a_file_of_a_version_that_kept_the_cursor_alone_is_read(tmp_path: Path) -> None:
    (tmp_path / "replay.json").write_text(json.dumps({"line": 7, "head_sha256": "ab"}))

    assert CursorFile(tmp_path, "replay").load() == SavedPosition({"line": 7, "head_sha256": "ab"})


def test_a_file_of_a_version_that_did_not_keep_since_when_was_sent_is_read(tmp_path: Path) -> None:
    old = {"cursor": {"line": 7}, "heard_at": 9, "told_until": 8, "is_open": True}
    (tmp_path / "replay.json").write_text(json.dumps(old))

    assert CursorFile(tmp_path, "replay").load() == SavedPosition({"line": 7}, 9, 8, True, None)


@pytest.mark.parametrize(
    ("cursor", "covered_until"),
    [
        ({"id": "a", "heard_at": 5}, 9),
        ({"id": "a", "heard_at": 12}, 12),
        ({"line": 3}, 9),
        (None, 9),
    ],
)
def test_a_file_whose_cursor_has_its_own_time_counts_until_the_later_of_the_two(
    tmp_path: Path, cursor: dict[str, str | int] | None, covered_until: int
) -> None:
    old = {"cursor": cursor, "heard_at": 9, "told_until": 1}
    (tmp_path / "replay.json").write_text(json.dumps(old))

    loaded = CursorFile(tmp_path, "replay").load()

    assert loaded == SavedPosition(cursor, covered_until=covered_until, reported_until=1)


OLD_GAP = Gap(1_789_999_000_000_000, Cause.CUT, events=3)
OLD_CURSORS: dict[str, dict[str, str | int]] = {
    "x": {"heard_at": 1_790_000_000_000_000},
    "wikimedia": {"heard_at": 1_790_000_000_000_000, "recent": "ab cd", "id": "[]"},
    "bluesky": {
        "time_us": 1_790_000_000_000_001,
        "heard_at": 1_790_000_000_000_000,
        "shared": "0123456789",
        "latest": "",
    },
    "mastodon": {
        "host": "made.up",
        "heard_at": 1_790_000_000_000_000,
        "had": '{"public": "7"}',
        "recent": "7@",
    },
}
"""What version 0.1 wrote for each live source; the open gap was in it as text."""


@pytest.mark.parametrize("name", OLD_CURSORS)
@pytest.mark.parametrize("gap", [None, OLD_GAP], ids=["covered", "in a gap"])
def test_a_file_of_a_version_that_kept_the_gap_in_the_cursor_of_the_source_is_read_with_the_gap(
    tmp_path: Path, name: str, gap: Gap | None
) -> None:
    cursor = OLD_CURSORS[name] | ({} if gap is None else {"gap": msgspec.json.encode(gap).decode()})
    old = {
        "cursor": cursor,
        "heard_at": OLD_GAP.began_at if gap else 1_790_000_000_500_000,
        "told_until": 1_789_999_000_000_000,
        "is_open": gap is not None,
        "sent_at": 1_790_000_000_000_007,
    }
    (tmp_path / f"{name}.json").write_text(json.dumps(old))

    loaded = CursorFile(tmp_path, name).load()

    assert (loaded.gap, loaded.is_open) == (gap, gap is not None)
    assert loaded.covered_until == 1_790_000_000_000_000 + (0 if gap else 500_000)
    assert loaded.reported_until == 1_789_999_000_000_000
    assert loaded.sent_at == 1_790_000_000_000_007
    assert loaded.cursor is not None
    assert loaded.cursor == OLD_CURSORS[name]


@pytest.mark.parametrize("content", ["", '{"line": 1', "[1]", "7"])
def test_a_file_that_is_no_cursor_is_named_and_not_taken_for_a_start(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "replay.json").write_text(content)

    with pytest.raises(SetupError, match=re.escape(str(tmp_path / "replay.json")) + ".*delete it"):
        CursorFile(tmp_path, "replay").load()


def test_a_second_producer_of_the_same_source_is_refused_while_the_first_runs(
    tmp_path: Path,
) -> None:
    with (
        CursorFile(tmp_path, "replay").held(),
        pytest.raises(SetupError, match="another producer holds"),
        CursorFile(tmp_path, "replay").held(),
    ):
        pass
    with CursorFile(tmp_path, "replay").held(), CursorFile(tmp_path, "sample").held():
        pass


def test_what_a_newer_version_has_added_is_passed_over(tmp_path: Path) -> None:
    newer = {
        "cursor": {"line": 7, "mood": "good"},
        "heard_at": 9,
        "told_until": 8,
        "is_open": True,
        "sent_at": 7,
    }
    (tmp_path / "replay.json").write_text(json.dumps({**newer, "added": {"later": []}}))

    assert CursorFile(tmp_path, "replay").load() == SavedPosition(
        {"line": 7, "mood": "good"}, 9, 8, True, 7
    )


@pytest.mark.parametrize(
    "content",
    [
        {"cursor": [1], "heard_at": 9},
        {"cursor": {"line": {}}, "heard_at": 9},
        {"cursor": {"line": 1}, "heard_at": "yesterday"},
        {"cursor": {"heard_at": "yesterday"}, "heard_at": 9},
        {"line": [1]},
        "words",
    ],
)
def test_json_of_another_shape_is_one_line_that_names_the_file(
    tmp_path: Path, content: object
) -> None:
    (tmp_path / "replay.json").write_text(json.dumps(content))

    with pytest.raises(
        SetupError, match=re.escape(str(tmp_path / "replay.json")) + " is no cursor"
    ) as error:
        CursorFile(tmp_path, "replay").load()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("replay", "start from the beginning"),
        ("sample", "start from the beginning"),
        ("x", "start from now: what was written since .* is lost, and reported as a gap"),
        ("bluesky", "start from now: what was written since .* is lost, and reported as a gap"),
    ],
)
def test_what_deleting_it_means_is_told_of_each_kind_of_source(
    tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / f"{name}.json").write_text("7")

    with pytest.raises(SetupError, match=words):
        CursorFile(tmp_path, name).load()


def test_where_the_cursor_was_deleted_the_file_that_held_it_knows_until_when_the_source_was_heard(
    tmp_path: Path,
) -> None:
    first = CursorFile(tmp_path, "bluesky")
    with first.held():
        assert first.covered_until is None
        first.save(SavedPosition({"time_us": 1}, covered_until=1_790_000_000_000_000))
        first.save(SavedPosition({"time_us": 2}, covered_until=1_790_000_000_000_777))
    (tmp_path / "bluesky.json").unlink()

    second = CursorFile(tmp_path, "bluesky")
    with second.held():
        assert second.load() == SavedPosition()
        assert second.covered_until == 1_790_000_000_000_777
