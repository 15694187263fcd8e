"""Which folder tells of a disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tidemark.upkeep.guard import nearest_seen


@contextmanager
def as_nobody() -> Iterator[None]:
    """To root no folder is closed."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that nobody may look into, in one that all may."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").mkdir()
        Path(folder).chmod(0)
        yield Path(folder)
        Path(folder).chmod(0o700)


def test_a_folder_that_is_closed_to_us_is_told_of_by_the_one_above_it(closed: Path) -> None:
    with as_nobody():
        assert nearest_seen(closed / "data") == closed
        assert nearest_seen(closed / "data" / "more") == closed


def test_one_that_is_open_tells_of_itself_and_one_that_is_not_there_of_nothing(
    tmp_path: Path,
) -> None:
    assert nearest_seen(tmp_path) == tmp_path
    assert nearest_seen(tmp_path / "nothing") is None
