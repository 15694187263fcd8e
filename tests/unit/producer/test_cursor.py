import json
import re
from pathlib import Path

import pytest

from producer.cursor import CursorFile, Left
from tidemark.errors import SetupError


def test_a_cursor_is_none_before_the_first_and_then_what_was_last_saved(tmp_path: Path) -> None:
    last = Left(
        {"line": 2, "byte": 700},
        heard_at=1_790_000_000_000_000,
        told_until=1_789_999_990_000_000,
        is_open=True,
        sent_at=1_789_999_999_000_000,
    )

    first = CursorFile(tmp_path / "cursors", "replay").load()
    CursorFile(tmp_path / "cursors", "replay").save(Left({"line": 1}))
    CursorFile(tmp_path / "cursors", "replay").save(last)

    assert first == Left(cursor=None)
    assert CursorFile(tmp_path / "cursors", "replay").load() == last


def test_a_save_that_was_cut_off_leaves_the_cursor_before_it(tmp_path: Path) -> None:
    CursorFile(tmp_path, "replay").save(Left({"line": 1}))
    (tmp_path / "replay.new").write_text('{"line"')

    assert CursorFile(tmp_path, "replay").load() == Left({"line": 1})


def test_a_file_of_a_version_that_kept_the_cursor_alone_is_read(tmp_path: Path) -> None:
    (tmp_path / "replay.json").write_text(json.dumps({"line": 7, "head_sha256": "ab"}))

    assert CursorFile(tmp_path, "replay").load() == Left({"line": 7, "head_sha256": "ab"})


def test_a_file_of_a_version_that_did_not_keep_since_when_was_sent_is_read(tmp_path: Path) -> None:
    old = {"cursor": {"line": 7}, "heard_at": 9, "told_until": 8, "is_open": True}
    (tmp_path / "replay.json").write_text(json.dumps(old))

    assert CursorFile(tmp_path, "replay").load() == Left({"line": 7}, 9, 8, True, None)


@pytest.mark.parametrize(
    ("cursor", "after"),
    [
        ({"id": "a", "heard_at": 5}, {"id": "a", "heard_at": 9}),
        ({"id": "a", "heard_at": 12}, {"id": "a", "heard_at": 12}),
        ({"line": 3}, {"line": 3}),
        (None, None),
    ],
)
def test_a_source_that_was_quiet_since_its_last_event_is_told_until_when_it_was_heard(
    cursor: dict[str, str | int] | None, after: dict[str, str | int] | None
) -> None:
    assert Left(cursor, heard_at=9, told_until=1).after == after


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

    assert CursorFile(tmp_path, "replay").load() == Left({"line": 7, "mood": "good"}, 9, 8, True, 7)


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
        ("x", "start from now: what was written since .* is lost, and told as a gap"),
        ("bluesky", "start from now: what was written since .* is lost, and told as a gap"),
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
        assert first.heard_until is None
        first.save(Left({"time_us": 1}, heard_at=1_790_000_000_000_000))
        first.save(Left({"time_us": 2}, heard_at=1_790_000_000_000_777))
    (tmp_path / "bluesky.json").unlink()

    second = CursorFile(tmp_path, "bluesky")
    with second.held():
        assert second.load() == Left()
        assert second.heard_until == 1_790_000_000_000_777
