"""Our files, as the tools that know them see them."""

import subprocess
from pathlib import Path

import pytest
from vagrant.machines import PROJECT, Machines, copy_project

SCRIPTS = sorted(
    str(path.relative_to(PROJECT))
    for pattern in ("deploy/**/*.sh", "tests/vagrant/**/*.sh")
    for path in PROJECT.glob(pattern)
)


def test_shellcheck_has_nothing_to_say() -> None:
    done = subprocess.run(
        ["shellcheck", "--external-sources", *SCRIPTS],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""


@pytest.mark.parametrize("count", [1, 4])
def test_vagrant_finds_the_file_valid(count: int, tmp_path: Path) -> None:
    machines = Machines(copy_project(tmp_path / "project"), tmp_path / "home", count)

    assert "validated successfully" in machines.vagrant("validate")
    assert not (machines.project / ".tidemark").exists(), "looking made secrets"


def test_a_number_of_machines_that_is_none_is_named(tmp_path: Path) -> None:
    machines = Machines(copy_project(tmp_path / "project"), tmp_path / "home", 3)

    with pytest.raises(AssertionError, match='TIDEMARK_VMS is "3"; it must be one of 1, 4'):
        machines.vagrant("validate")
