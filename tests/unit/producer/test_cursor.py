import re
from pathlib import Path

import pytest

from producer.cursor import CursorFile
from tidemark.errors import SetupError


def test_a_cursor_is_none_before_the_first_and_then_what_was_last_saved(tmp_path: Path) -> None:
    first = CursorFile(tmp_path / "cursors", "replay").load()
    CursorFile(tmp_path / "cursors", "replay").save({"line": 1})
    CursorFile(tmp_path / "cursors", "replay").save({"line": 2, "byte": 700})

    assert first is None
    assert CursorFile(tmp_path / "cursors", "replay").load() == {"line": 2, "byte": 700}


def test_a_save_that_was_cut_off_leaves_the_cursor_before_it(tmp_path: Path) -> None:
    CursorFile(tmp_path, "replay").save({"line": 1})
    (tmp_path / "replay.new").write_text('{"line"')

    assert CursorFile(tmp_path, "replay").load() == {"line": 1}


@pytest.mark.parametrize("content", ["", '{"line": 1', "[1]", "7"])
def test_a_file_that_is_no_cursor_is_named_and_not_taken_for_a_start(tmp_path: Path, content: str) -> None:
    (tmp_path / "replay.json").write_text(content)

    with pytest.raises(SetupError, match=re.escape(str(tmp_path / "replay.json")) + ".*delete it"):
        CursorFile(tmp_path, "replay").load()


def test_a_second_producer_of_the_same_source_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    with (
        CursorFile(tmp_path, "replay").held(),
        pytest.raises(SetupError, match="another producer holds"),
        CursorFile(tmp_path, "replay").held(),
    ):
        pass
    with CursorFile(tmp_path, "replay").held(), CursorFile(tmp_path, "sample").held():
        pass
