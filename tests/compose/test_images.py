"""What our images are, and what is in none of their layers."""

import json
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

import pytest
from compose.compose_stack import BUILD_PATIENCE_S, ComposeStack

from tidemark.stack.project import FOLDER

DOCKERFILES: Final = {"app": "app", "notebook": "app", "superset": "superset"}
"""By image, which is a target in it."""
LOCAL: Final = (
    ".venv*",
    ".jars",
    ".git",
    ".tidemark",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    "__pycache__",
)
CHUNK_BYTES: Final = 1 << 20


@pytest.fixture(scope="module")
def canary() -> str:
    return secrets.token_hex(20)


@pytest.fixture(scope="module")
def built(canary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    """Our images, built from a folder that has secrets lying about."""
    project = tmp_path_factory.mktemp("build") / "project"
    shutil.copytree(FOLDER, project, ignore=shutil.ignore_patterns(*LOCAL), symlinks=True)
    for place in (
        ".env",
        ".tidemark/secrets.env",
        "tidemark/.env",
        "superset/.env",
        "deploy/.env",
        "notebooks/.env",
    ):
        (project / place).parent.mkdir(exist_ok=True)
        (project / place).write_text(f"TIDEMARK_X__BEARER_TOKEN={canary}\n")
    tags = tuple(f"tidemark/{image}:canary" for image in DOCKERFILES)
    stack = ComposeStack(TIDEMARK_X__BEARER_TOKEN=canary)
    for tag, (image, name) in zip(tags, DOCKERFILES.items(), strict=True):
        file = str(project / "deploy" / "images" / f"{name}.Dockerfile")
        subprocess.run(
            [
                "docker",
                "build",
                "--quiet",
                "--tag",
                tag,
                "--target",
                image,
                "--file",
                file,
                str(project),
            ],
            env=stack.environment,
            check=True,
            capture_output=True,
            timeout=BUILD_PATIENCE_S,
        )
    yield tags
    stack.docker("image", "rm", *tags)


def test_no_secret_of_the_folder_is_in_any_layer(built: tuple[str, ...], canary: str) -> None:
    wanted, tail = canary.encode(), b""
    size_bytes = 0

    with subprocess.Popen(["docker", "save", *built], stdout=subprocess.PIPE) as save:
        assert save.stdout is not None
        while chunk := save.stdout.read(CHUNK_BYTES):
            size_bytes += len(chunk)
            assert wanted not in tail + chunk
            tail = chunk[-len(wanted) :]

    assert save.returncode == 0
    assert size_bytes > 500 << 20


def test_no_history_and_no_environment_of_an_image_has_a_secret(built: tuple[str, ...]) -> None:
    stack = ComposeStack()
    for image in built:
        told = stack.docker("history", "--no-trunc", image) + stack.docker("inspect", image)
        assert re.findall(r"(?i)(?:password|token|secret_key)=[\"']?[\w+/-]{8,}", told) == []


def test_the_store_that_superset_starts_with_has_neither_users_nor_databases(
    built: tuple[str, ...],
) -> None:
    count = (
        "import sqlite3; store = sqlite3.connect('/opt/superset/template/superset.db');"
        "print([store.execute(f'SELECT COUNT(*) FROM {table}').fetchone()[0] for table in ('ab_user', 'dbs')])"
    )

    told = ComposeStack().docker(
        "run", "--rm", "--network=none", "tidemark/superset:canary", "python", "-c", count
    )

    assert told.strip() == "[0, 0]"


def test_an_image_runs_as_nobody_in_particular_and_says_what_it_is(built: tuple[str, ...]) -> None:
    for image in built:
        (found,) = json.loads(ComposeStack().docker("inspect", image))
        assert found["Config"]["User"] == "tidemark"
        assert found["Config"]["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_the_packages_of_the_image_are_those_of_the_project() -> None:
    assert pins("deploy/images/app.txt") <= pins("requirements.txt")


def test_the_packages_of_the_notebook_change_none_of_the_image() -> None:
    there = {name: version for name, version in pins("deploy/images/app.txt")}
    added = {name: version for name, version in pins("deploy/images/notebook.txt")}

    assert {name for name in there.keys() & added.keys() if there[name] != added[name]} == set()


def pins(lock: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^([\w.-]+)==([\w.]+)", (FOLDER / lock).read_text(), re.MULTILINE))
