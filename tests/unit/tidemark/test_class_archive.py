from contextlib import suppress
from pathlib import Path

import pytest

from tidemark.class_archive import class_archive, mapping_options, new_archive


@pytest.fixture
def jars(tmp_path: Path) -> Path:
    folder = tmp_path / "kafka"
    folder.mkdir()
    return folder


def write(options: list[str]) -> Path:
    """As a JVM with these options does when it ends."""
    (path,) = (
        option.partition("=")[2]
        for option in options
        if option.startswith("-XX:ArchiveClassesAtExit=")
    )
    Path(path).write_text("classes")
    return Path(path)


def test_where_there_is_no_archive_java_is_told_of_none(jars: Path) -> None:
    assert mapping_options(jars) == []


def test_a_new_archive_is_in_its_place_when_it_is_whole(jars: Path) -> None:
    with new_archive(jars) as options:
        new = write(options)
        assert mapping_options(jars) == []

    assert class_archive(jars).read_text() == "classes"
    assert f"-XX:SharedArchiveFile={jars.parent}/kafka.jsa" in mapping_options(jars)
    assert not new.exists()


def test_of_a_java_that_failed_nothing_is_kept_and_the_former_archive_stays(jars: Path) -> None:
    class_archive(jars).write_text("former")

    with suppress(ZeroDivisionError), new_archive(jars) as options:
        write(options).chmod(0o444)
        raise ZeroDivisionError

    assert class_archive(jars).read_text() == "former"
    assert sorted(jars.parent.iterdir()) == [jars, class_archive(jars)]


def test_a_java_that_writes_none_is_no_error(jars: Path) -> None:
    with new_archive(jars):
        pass

    assert mapping_options(jars) == []
