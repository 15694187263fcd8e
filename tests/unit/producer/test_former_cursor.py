"""The cursor of a source that was renamed."""

from pathlib import Path

import pytest

from producer.cursor import CursorFile, SavedPosition
from producer.former_cursor import rename_cursor, rename_lock
from tidemark.errors import SetupError

LEFT = SavedPosition({"heard_at": 5}, covered_until=1_790_000_000_000_000)


def opened(folder: Path) -> CursorFile:
    """Return the cursor of x, as the producer opens and closes it."""
    rename_lock(folder, "x")
    cursor_file = CursorFile(folder, "x")
    with cursor_file.held():
        rename_cursor(folder, "x")
    return cursor_file


def test_the_cursor_of_the_former_name_is_continued(tmp_path: Path) -> None:
    former = CursorFile(tmp_path, "x_stream")
    with former.held():
        former.save(LEFT)

    cursor_file = opened(tmp_path)

    assert cursor_file.load() == LEFT
    assert cursor_file.covered_until == LEFT.covered_until
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.json", "x.lock"]


def test_a_cursor_of_the_present_name_wins(tmp_path: Path) -> None:
    CursorFile(tmp_path, "x").save(LEFT)
    CursorFile(tmp_path, "x_stream").save(SavedPosition({"heard_at": 1}))

    assert opened(tmp_path).load() == LEFT


def test_where_the_former_cursor_was_deleted_its_lock_still_says_until_when_x_was_connected(
    tmp_path: Path,
) -> None:
    former = CursorFile(tmp_path, "x_stream")
    with former.held():
        former.save(LEFT)
    former.path.unlink()

    cursor_file = opened(tmp_path)

    assert cursor_file.load() == SavedPosition()
    assert cursor_file.covered_until == LEFT.covered_until


def test_a_producer_of_the_older_version_that_runs_keeps_its_cursor(tmp_path: Path) -> None:
    former = CursorFile(tmp_path, "x_stream")
    with former.held():
        former.save(LEFT)
        with pytest.raises(SetupError, match="another producer holds"):
            opened(tmp_path)

    assert former.load() == LEFT
    assert opened(tmp_path).load() == LEFT


def test_a_source_that_had_no_other_name_is_left_alone(tmp_path: Path) -> None:
    rename_lock(tmp_path, "bluesky")
    rename_cursor(tmp_path, "bluesky")

    assert list(tmp_path.iterdir()) == []
