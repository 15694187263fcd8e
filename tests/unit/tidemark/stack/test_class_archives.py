import os
import shutil
from pathlib import Path

import pytest

from tidemark.stack.embedded import class_archives
from tidemark.stack.embedded.class_archives import are_current, make


@pytest.fixture
def jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of jars, and in place of two JVMs nothing."""
    monkeypatch.setattr(class_archives, "archive_kafka", lambda _: None)
    monkeypatch.setattr(class_archives, "archive_spark", lambda: None)
    for group in ("kafka", "spark"):
        (tmp_path / "jars" / group).mkdir(parents=True)
        (tmp_path / "jars" / group / "a.jar").touch()
    return tmp_path / "jars"


def test_archives_are_current_once_made(jars: Path) -> None:
    assert not are_current(jars)

    make(jars)

    assert are_current(jars)


def test_archives_of_an_older_jar_are_not_current(jars: Path) -> None:
    make(jars)
    made_at_s = (jars / "archived-by").stat().st_mtime

    os.utime(jars / "spark" / "a.jar", (made_at_s + 1, made_at_s + 1))

    assert not are_current(jars)


def test_archives_of_an_older_spark_are_not_current(
    jars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(jars)
    newer = tmp_path / "spark-core.jar"
    newer.touch()
    os.utime(newer, (2**32, 2**32))

    monkeypatch.setattr(class_archives, "_spark_jars", lambda: iter([newer]))

    assert not are_current(jars)


def test_archives_of_jars_in_another_folder_are_not_current(jars: Path) -> None:
    make(jars)

    moved = shutil.move(jars, jars.with_name("moved"))

    assert not are_current(Path(moved))


def test_archives_of_which_one_failed_are_not_current(
    jars: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(jars)
    os.utime(jars / "archived-by", (0, 0))
    monkeypatch.setattr(class_archives, "archive_spark", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        make(jars)

    assert not are_current(jars)
