"""Machines that come up once for all tests that ask for them, and are destroyed afterwards."""

import os
from collections.abc import Callable, Iterator

import pytest
from vagrant.engine import left_of
from vagrant.machines import Machines, copy_project


@pytest.fixture(scope="session")
def bring_up(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Iterator[Machines]]:
    def machines(count: int) -> Iterator[Machines]:
        folder = tmp_path_factory.mktemp(f"machines{count}")
        # Vagrant names containers after the folder.
        name = f"tidemark-{count}-{os.getpid()}"
        made = Machines(copy_project(folder / name), folder / "home", count)
        try:
            made.said = made.vagrant("up", "--provider=docker")
            yield made
        finally:
            made.vagrant("destroy", "--force")
        assert left_of(name) == []

    return machines


@pytest.fixture(scope="module")
def one_machine(bring_up: Callable[[int], Iterator[Machines]]) -> Iterator[Machines]:
    yield from bring_up(1)


@pytest.fixture(scope="module")
def four_machines(bring_up: Callable[[int], Iterator[Machines]]) -> Iterator[Machines]:
    yield from bring_up(4)
