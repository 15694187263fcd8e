"""What every Dockerfile keeps to: those of our images, of stand-ins, and of machines that tests
use."""

import re
from pathlib import Path
from typing import Final

import pytest

from tidemark.stack.project import FOLDER

OURS: Final = sorted((FOLDER / "deploy" / "images").glob("*.Dockerfile"))
OTHERS: Final = sorted(
    [*(FOLDER / "deploy").rglob("Dockerfile"), *(FOLDER / "tests").rglob("Dockerfile")]
)
Instruction = tuple[str, str]


def instructions(file: Path) -> list[Instruction]:
    """("RUN", "what is run, on one line"), …; without comments."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (name.upper(), rest)
        for name, _, rest in (line.partition(" ") for line in whole.splitlines() if line.strip())
    ]


def named(file: Path) -> str:
    return str(file.relative_to(FOLDER))


@pytest.fixture(params=[*OURS, *OTHERS], ids=named)
def any_file(request: pytest.FixtureRequest) -> list[Instruction]:
    return instructions(request.param)


@pytest.fixture(params=OURS, ids=named)
def our_file(request: pytest.FixtureRequest) -> list[Instruction]:
    return instructions(request.param)


def test_ours_begin_from_one_pinned_base(our_file: list[Instruction]) -> None:
    froms = [rest.split() for name, rest in our_file if name == "FROM"]
    stages = {words[2] for words in froms if len(words) == 3}

    assert {words[0] for words in froms} - stages == {"python:3.11-slim-bookworm"}


def test_a_base_has_a_version_or_is_an_argument(any_file: list[Instruction]) -> None:
    froms = [rest.split() for name, rest in any_file if name == "FROM"]
    stages = {words[2] for words in froms if len(words) == 3}

    assert froms
    for base in {words[0] for words in froms} - stages:
        assert re.search(r":(?!latest)[\w$]|^\$", base), base


def test_each_of_our_images_ends_as_its_own_user(our_file: list[Instruction]) -> None:
    """By target: the last word on the user of all stages that nothing is copied from."""
    copied = {
        found for _, rest in our_file for found in re.findall(r"(?:--from=|,from=)(\w+)", rest)
    }
    users: dict[str, str] = {}
    stage = ""
    for name, rest in our_file:
        if name == "FROM":
            base, *alias = rest.split()
            stage = alias[-1] if alias else "the last"
            users[stage] = users.get(base, "root")
        elif name == "USER":
            users[stage] = rest

    assert {user for stage, user in users.items() if stage not in copied} == {"tidemark"}


def test_what_apt_installs_is_what_is_named_and_its_lists_go(any_file: list[Instruction]) -> None:
    for name, rest in any_file:
        if name == "RUN" and "apt-get install" in rest:
            assert rest.count("apt-get install") == rest.count(
                "apt-get install -y --no-install-recommends"
            )
            assert "apt-get update" in rest
            assert "rm -rf /var/lib/apt/lists/*" in rest


def test_what_pip_and_uv_install_is_locked(our_file: list[Instruction]) -> None:
    for name, rest in our_file:
        if name == "RUN":
            installs = re.findall(r"pip (?:install|sync) .*?(?:$|&&)", rest)
            assert [
                line
                for line in installs
                if "--require-hashes" not in line or "--no-cache" not in line
            ] == []


def test_files_are_copied_and_never_added_or_fetched(any_file: list[Instruction]) -> None:
    assert "ADD" not in {name for name, _ in any_file}
    assert not [
        rest for name, rest in any_file if name == "RUN" and re.search(r"\b(?:curl|wget)\b", rest)
    ]


def test_no_secret_is_an_argument_or_in_the_environment(any_file: list[Instruction]) -> None:
    told = " ".join(rest for name, rest in any_file if name in ("ARG", "ENV", "LABEL"))

    assert re.findall(r"(?i)\w*(?:password|token|secret|api_key)\w*", told) == []
