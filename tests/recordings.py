"""Recorded payloads. They lie beside the project, which must not hold posts of real people."""

import gzip
from collections.abc import Iterator

import pytest

from tidemark.stack.project import FOLDER

DATA = FOLDER.parent / "shared" / "data"


def recorded_lines(name: str) -> Iterator[bytes]:
    """The lines of a recording; skips the test where there is none."""
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"no recording {path}")
    with gzip.open(path) as file:
        yield from file
