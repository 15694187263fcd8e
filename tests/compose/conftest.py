"""One stack of containers for all tests that ask for it."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from compose.compose_stack import ComposeStack

from tidemark.stack.project import FOLDER

NEED_NO_ENGINE = ("test_dockerfiles.py",)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """deploy/engine/run.sh says in NO_ENGINE why none can be had here."""
    if reason := os.environ.get("NO_ENGINE"):
        for item in items:
            if item.path.parent == Path(__file__).parent and item.path.name not in NEED_NO_ENGINE:
                item.add_marker(pytest.mark.skip(reason=f"no Docker engine: {reason}"))


@pytest.fixture(scope="session")
def building() -> Iterator[None]:
    """All our images in the making: a stack that is brought up meanwhile waits for its own
    alone."""
    process = subprocess.Popen(
        ["docker", "compose", "--profile", "*", "build"],
        cwd=FOLDER,
        env=ComposeStack().environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    yield
    process.terminate()
    process.wait()


@pytest.fixture(scope="session")
def compose(building: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """Up from nothing, with made-up posts flowing; all of it is gone afterwards."""
    stack = ComposeStack(
        TIDEMARK_SAMPLE__RATE="1",
        TIDEMARK_SAMPLE__HISTORY_MINUTES="10",
        TIDEMARK_SAMPLE__NETWORKS='["x"]',  # whose posts the recount reads
        TIDEMARK_LAKE__EVERY_S="10",
    )
    with stack.running(tmp_path_factory.mktemp("compose")):
        yield stack
