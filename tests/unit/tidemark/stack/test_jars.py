"""Jars: what the lock says is there, and nothing else. Ivy runs for real, on a repository in a
folder."""

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from tidemark.errors import SetupError
from tidemark.stack.ivy import Artifact, Report, retrieve
from tidemark.stack.jars import WANTED, install_jars, read_lock
from tidemark.stack.java import find_java
from tidemark.stack.project import JARS_LOCK

ONE = Artifact("kafka", "org.example", "one", "1.0")
TWO = Artifact("spark", "org.example", "two", "2.1")
CONTENTS = {ONE: b"one", TWO: b"two"}


def lock(folder: Path, contents: dict[Artifact, bytes]) -> Path:
    path = folder / "jars.lock"
    lines = [
        f"{jar.group} {jar.coordinates} {hashlib.sha256(text).hexdigest()}"
        for jar, text in contents.items()
    ]
    path.write_text("# a comment\n\n" + "\n".join(lines) + "\n")
    return path


class Repository:
    """Stands in for Ivy and the repositories behind it; remembers what it was asked for."""

    def __init__(self, contents: dict[Artifact, bytes]) -> None:
        self.contents = contents
        self.asked: list[list[Artifact]] = []

    def __call__(
        self, artifacts: Iterable[Artifact], folder: Path, *, java: str, report: Report
    ) -> list[tuple[Artifact, Path]]:
        self.asked.append(sorted(artifacts))
        folder.mkdir(parents=True)
        fetched = [(jar, folder / jar.path.name) for jar in self.asked[-1] if jar in self.contents]
        for jar, path in fetched:
            path.write_bytes(self.contents[jar])
        return fetched


def install(folder: Path, lock: Path, repository: Repository) -> int:
    return install_jars(
        folder, java="no java is needed", report=print, lock=lock, retrieve=repository
    )


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_all_jars_are_fetched_once(tmp_path: Path) -> None:
    repository = Repository(CONTENTS)

    fetched = [install(tmp_path / "jars", lock(tmp_path, CONTENTS), repository) for _ in range(2)]

    assert fetched == [2, 0]
    assert repository.asked == [[ONE, TWO]]
    assert files(tmp_path / "jars") == {"kafka/one-1.0.jar": b"one", "spark/two-2.1.jar": b"two"}


def test_a_jar_with_another_hash_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(SetupError) as raised:
        install(tmp_path / "jars", lock(tmp_path, CONTENTS), Repository({**CONTENTS, TWO: b"evil"}))

    expected, found = hashlib.sha256(b"two").hexdigest(), hashlib.sha256(b"evil").hexdigest()
    assert f"org.example:two:2.1 has sha256 {found}, and jars.lock says {expected}" in str(
        raised.value
    )
    assert files(tmp_path / "jars") == {"kafka/one-1.0.jar": b"one"}


def test_a_damaged_jar_is_fetched_again(tmp_path: Path) -> None:
    repository = Repository(CONTENTS)
    install(tmp_path / "jars", lock(tmp_path, CONTENTS), repository)
    (tmp_path / "jars" / ONE.path).write_bytes(b"half of on")

    assert install(tmp_path / "jars", lock(tmp_path, CONTENTS), repository) == 1
    assert repository.asked == [[ONE, TWO], [ONE]]
    assert files(tmp_path / "jars")["kafka/one-1.0.jar"] == b"one"


def test_a_jar_of_an_older_lock_is_removed(tmp_path: Path) -> None:
    install(tmp_path / "jars", lock(tmp_path, CONTENTS), Repository(CONTENTS))
    (tmp_path / "jars" / "kafka" / "one-0.9.jar").write_bytes(b"old")

    install(tmp_path / "jars", lock(tmp_path, CONTENTS), Repository(CONTENTS))

    assert sorted(files(tmp_path / "jars")) == ["kafka/one-1.0.jar", "spark/two-2.1.jar"]


def test_of_one_group_alone_the_others_are_not_touched(tmp_path: Path) -> None:
    install(tmp_path / "jars", lock(tmp_path, {ONE: b"one"}), Repository(CONTENTS))
    repository = Repository(CONTENTS)

    fetched = install_jars(
        tmp_path / "jars",
        java="none",
        report=print,
        only="spark",
        lock=lock(tmp_path, CONTENTS),
        retrieve=repository,
    )

    assert fetched == 1
    assert repository.asked == [[TWO]]
    assert files(tmp_path / "jars") == {"kafka/one-1.0.jar": b"one", "spark/two-2.1.jar": b"two"}


def test_a_jar_that_is_not_to_be_had_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"org\.example:two:2\.1 could not be fetched"):
        install(tmp_path / "jars", lock(tmp_path, CONTENTS), Repository({ONE: b"one"}))


@pytest.mark.parametrize(
    "line", ["kafka org.example:one 1234", "kafka org.example:one:1.0", "one two three four"]
)
def test_a_line_of_the_lock_that_is_none_is_named(tmp_path: Path, line: str) -> None:
    broken = tmp_path / "jars.lock"
    broken.write_text(f"# a comment\n{line}\n")

    with pytest.raises(SetupError, match=r"jars\.lock, line 2, is not"):
        read_lock(broken)


def test_the_lock_holds_what_is_wanted_and_names_no_address() -> None:
    locked = read_lock(JARS_LOCK)

    assert set(WANTED) <= set(locked)
    assert all(len(digest) == 64 for digest in locked.values())
    assert "//" not in JARS_LOCK.read_text()


def test_ivy_fetches_what_is_listed_and_what_that_needs(tmp_path: Path) -> None:
    java = java_with_repository(tmp_path)
    heard: list[str] = []

    alone = retrieve([ONE, TWO], tmp_path / "alone", java=java, report=heard.append)
    whole = retrieve(
        [ONE], tmp_path / "whole", java=java, report=heard.append, transitive=frozenset({"one"})
    )

    assert [jar for jar, _ in alone] == [ONE, TWO]
    assert [jar for jar, _ in whole] == [ONE, Artifact("kafka", "org.example", "two", "2.1")]
    assert zipfile.ZipFile(alone[0][1]).namelist() == ["one"]
    assert "found org.example:one:1.0" in heard
    assert "fetched one.jar" in heard


def test_ivy_names_what_it_does_not_find(tmp_path: Path) -> None:
    java = java_with_repository(tmp_path)

    with pytest.raises(
        SetupError, match=r"the jars could not be fetched \(.*org\.example#three;3\.0"
    ):
        retrieve(
            [Artifact("kafka", "org.example", "three", "3.0")],
            tmp_path / "out",
            java=java,
            report=print,
        )


def java_with_repository(folder: Path) -> str:
    """A Java under which Ivy knows one repository, in a folder, where `one` needs `two`."""
    for jar, needs in ((ONE, TWO), (TWO, None)):
        home = folder / "repository" / "org" / "example" / jar.name / jar.version
        home.mkdir(parents=True)
        with zipfile.ZipFile(home / f"{jar.name}-{jar.version}.jar", "w") as archive:
            archive.writestr(jar.name, "")
        need = (
            f"<dependency><groupId>{needs.organisation}</groupId><artifactId>{needs.name}</artifactId>"
            f"<version>{needs.version}</version></dependency>"
            if needs
            else ""
        )
        (home / f"{jar.name}-{jar.version}.pom").write_text(
            f"<project><modelVersion>4.0.0</modelVersion><groupId>{jar.organisation}</groupId>"
            f"<artifactId>{jar.name}</artifactId><version>{jar.version}</version>"
            f"<dependencies>{need}</dependencies></project>"
        )
    settings = folder / "settings.xml"
    settings.write_text(
        '<ivysettings><settings defaultResolver="folder"/><resolvers>'
        f'<ibiblio name="folder" m2compatible="true" root="file:{folder}/repository/"/>'
        "</resolvers></ivysettings>"
    )
    java = folder / "java"
    java.write_text(f'#!/bin/sh\nexec "{find_java()}" "$@" -settings "{settings}"\n')
    java.chmod(0o755)
    return str(java)
