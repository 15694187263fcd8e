"""Our files, as the tools that know them see them."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Final

import pytest
from vagrant.machines import PROJECT, Machines, copy_project

from tidemark.settings import Settings, every_setting
from tidemark.settings.deprecated import former_variables
from tidemark.settings.processes import PROCESSES
from tidemark.stack.embedded.secrets import FILE_NAME, read_secrets, with_secrets

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


def test_a_machine_generates_the_secrets_that_tidemark_up_generates(tmp_path: Path) -> None:
    script = (PROJECT / "deploy" / "provision.sh").read_text()
    found = re.search(r"(?s)^secret_names=\(.*?\)$", script, re.MULTILINE)
    assert found is not None
    printing = f'{found[0]}; printf "%s\\n" "${{secret_names[@]}}"'
    names = subprocess.run(["bash", "-c", printing], capture_output=True, text=True, check=True)
    settings = Settings(data_dir=tmp_path, _env_file=None)

    with_secrets(settings)

    assert set(names.stdout.split()) == read_secrets(tmp_path / FILE_NAME).keys()


DEFAULTS: Final = Settings.model_construct()
NOT_SETTINGS: Final = {"BIND", "MYSQL_USER"}
CHOOSES_THE_ARGUMENT: Final = {"producer": {"TIDEMARK_SOURCE"}}
FIXED: Final = {"TIDEMARK_MYSQL__PORT", "TIDEMARK_MYSQL__DATABASE"}
"""On machines these are as in the defaults."""
ROLES: Final = {"prepare": "mysql", "notebook": "spark"}
"""The role that sets a unit up, where it has another name."""
SAME_MACHINE: Final = {"prepare": {"TIDEMARK_MYSQL__HOST"}}
"""Servers that are on the machine of the unit."""


def names_given(unit: str) -> set[str]:
    """Return the names of what the role gives to a unit, and the unit to its process: settings that
    it copies from a person's .env, and those that it writes itself."""
    role = (PROJECT / "deploy" / "roles" / f"{ROLES.get(unit, unit)}.sh").read_text()
    service = (PROJECT / "deploy" / "units" / f"tidemark-{unit}.service").read_text()
    known = {setting.variable for setting in every_setting(DEFAULTS)}
    known |= set(former_variables().values())
    chosen = re.findall(rf"etc/{unit}/\.env.*choices_of (.*)\)\"", role)
    written = "".join(
        re.findall(rf'(?s)etc/{unit}/environment" 600 root:root "(.*?)\n  service', role)
    )
    patterns = [f"TIDEMARK_{word}" for words in chosen for word in shlex.split(words)]
    patterns += re.findall(r'quoted_lines "\$etc/secrets.env" (\w+)', written)
    names = set(re.findall(r"(?m)^(\w+)=", written))
    names |= set(re.findall(r"(TIDEMARK_\w+)=", service))
    for choices in re.findall(r"choices_of 'SUPERSET__\((.*)\)'", written):
        names |= {f"SUPERSET_{choice}" for choice in choices.split("|")}
    return names | {name for name in known if any(re.match(one, f"{name}=") for one in patterns)}


@pytest.mark.parametrize("unit", [name for name in PROCESSES if name not in ("mysql", "reader")])
def test_each_unit_is_given_the_settings_and_secrets_that_its_process_reads(unit: str) -> None:
    process = PROCESSES[unit]
    reads = {*process.settings_in(DEFAULTS), *process.secrets_in(DEFAULTS)}
    reads |= process.former_names(DEFAULTS) | CHOOSES_THE_ARGUMENT.get(unit, set())

    given = names_given(unit)

    not_given = FIXED | SAME_MACHINE.get(unit, set())
    assert given - NOT_SETTINGS - not_given == reads - not_given
