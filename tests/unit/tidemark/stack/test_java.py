"""Which Java is good enough."""

from pathlib import Path

import pytest

from tidemark.errors import SetupError
from tidemark.stack.java import find_java


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put_java(folder: Path, says: str) -> Path:
    java = folder / "java"
    java.write_text(f"#!/bin/sh\nprintf '%s\\n' '{says}' >&2\n")
    java.chmod(0o755)
    return java


@pytest.mark.parametrize(
    "says",
    [
        'openjdk version "17.0.15" 2025-04-15',
        'openjdk version "21" 2023-09-19',
        'java version "25-ea"',
    ],
)
def test_java_17_or_newer_is_taken(path_folder: Path, says: str) -> None:
    java = put_java(path_folder, says)

    assert find_java() == str(java)


@pytest.mark.parametrize(
    ("says", "found"),
    [
        ('java version "1.8.0_402"', "is Java 8; "),
        ('openjdk version "11.0.22" 2024-01-16', "is Java 11; "),
        (
            "Unable to locate a Java Runtime.",
            "does not print its version (Unable to locate a Java Runtime.)",
        ),
        ("", "does not print its version (it prints nothing)"),
    ],
)
def test_an_old_or_strange_java_is_refused_by_name(
    path_folder: Path, says: str, found: str
) -> None:
    java = put_java(path_folder, says)

    with pytest.raises(SetupError) as raised:
        find_java()

    assert str(raised.value).startswith(f"{java} {found}")
    assert "apt-get install openjdk-17-jre-headless" in str(raised.value)


def test_no_java_says_what_to_install(path_folder: Path) -> None:
    with pytest.raises(
        SetupError, match=r"no `java` on the PATH; .*apt-get install openjdk-17-jre-headless"
    ):
        find_java()
