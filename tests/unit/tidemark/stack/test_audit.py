"""deploy/audit.sh: what it hands to the scanner, and what it makes of its answer. The scanner is a
script here."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tidemark.stack.jars import read_lock
from tidemark.stack.project import FOLDER, JARS_LOCK

TOOLS = ("bash", "cat", "cp", "dirname", "mktemp", "paste", "rm", "sed", "sh", "sort", "tail")

SCANNER = """#!/bin/sh
printf '%s\\n' "$@" >{folder}/asked
for word; do case $word in *.cdx.json) cp "$word" {folder}/jars.json ;; esac; done
echo 'no such host' >&2
exit {code}
"""


def audit(folder: Path, code: int | None) -> "subprocess.CompletedProcess[str]":
    """With a scanner that ends with this code; None: with none at all."""
    (folder / "bin").mkdir()
    for name in TOOLS:
        (folder / "bin" / name).symlink_to(str(shutil.which(name)))
    if code is not None:
        scanner = folder / "bin" / "osv-scanner"
        scanner.write_text(SCANNER.format(folder=folder, code=code))
        scanner.chmod(0o755)
    environment = os.environ | {"PATH": str(folder / "bin")}
    command = [str(FOLDER / "deploy" / "audit.sh"), "--offline"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_all_three_locks_are_asked_about_and_each_jar_by_its_coordinates(tmp_path: Path) -> None:
    told = audit(tmp_path, 0)

    assert (told.returncode, told.stderr) == (0, "")
    assert (
        told.stdout
        == "audit: no known holes in requirements.txt, superset/requirements.txt and jars.lock\n"
    )
    asked = (tmp_path / "asked").read_text().split()
    locks = [
        asked[at + 1].partition(":")[2] or asked[at + 1]
        for at, word in enumerate(asked)
        if word == "--lockfile"
    ]
    assert locks[:2] == ["requirements.txt", "superset/requirements.txt"]
    assert asked[-1] == "--offline"
    components = json.loads((tmp_path / "jars.json").read_text())["components"]
    found = {f"{jar['group']}:{jar['name']}:{jar['version']}" for jar in components}
    assert found == {jar.coordinates for jar in read_lock(JARS_LOCK)}
    assert all(
        jar["purl"] == f"pkg:maven/{jar['group']}/{jar['name']}@{jar['version']}"
        for jar in components
    )


@pytest.mark.parametrize(
    ("code", "ends_with", "says"),
    [
        (
            1,
            1,
            "audit: known holes are shown above: raise the version, or allow it until a date in deploy/audit.toml",
        ),
        (127, 3, "audit: osv-scanner ended with code 127 (no such host); nothing was asked"),
        (
            None,
            3,
            "audit: no `osv-scanner` on the PATH; `go install github.com/google/osv-scanner/v2/cmd/osv-scanner@",
        ),
    ],
)
def test_holes_and_an_answer_that_cannot_be_had_are_told_apart(
    tmp_path: Path, code: int | None, ends_with: int, says: str
) -> None:
    told = audit(tmp_path, code)

    assert told.returncode == ends_with
    assert told.stderr.startswith(says)
    assert told.stderr.count("\n") == 1
