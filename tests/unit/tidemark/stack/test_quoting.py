"""deploy/roles/quoting.sh: a password that people have chosen, in the files of systemd and in
SQL."""

import os
import subprocess
from pathlib import Path

import pytest

from tidemark.stack.project import FOLDER

PASSWORDS = [
    "plain-_9",
    "it's",
    'a "b" c',
    "back\\slash\\",
    "$(touch ran) `touch ran` $HOME",
    " & ;#%!",
    "ünï=cødé",
]


def bash(script: str, *arguments: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-euc", f". {FOLDER}/deploy/roles/quoting.sh; {script}", "-", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not (folder / "ran").exists(), "a password ran as a command"
    return done.stdout


@pytest.mark.parametrize("password", PASSWORDS)
def test_an_environment_file_gives_the_password_back(password: str, tmp_path: Path) -> None:
    """By the shell's own rules of double quotes, which are those that systemd has for its files."""
    (tmp_path / "secrets.env").write_text(f"TIDEMARK_MYSQL__ROOT_PASSWORD={password}\nOTHER=x\n")

    line = bash("quoted_lines secrets.env TIDEMARK_MYSQL__", folder=tmp_path)

    assert line.startswith('TIDEMARK_MYSQL__ROOT_PASSWORD="')
    assert bash(f'{line}printf %s "$TIDEMARK_MYSQL__ROOT_PASSWORD"', folder=tmp_path) == password


@pytest.mark.parametrize("password", PASSWORDS)
def test_lines_of_a_file_come_into_the_environment_as_text(password: str, tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text(
        f"# touch ran\ntouch ran\nTIDEMARK_X={password}\nTIDEMARK_Y=2\n"
    )

    assert (
        bash("export_lines secrets.env; printenv TIDEMARK_X TIDEMARK_Y", folder=tmp_path)
        == f"{password}\n2\n"
    )


def test_sql_has_its_own_rules(tmp_path: Path) -> None:
    assert bash('sql_quoted "$1"', "it's a \\", folder=tmp_path) == "'it\\'s a \\\\'"
