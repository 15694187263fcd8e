"""Recorded payloads. They lie beside the project, which must not hold posts of real people."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

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


CASES = FOLDER.parent / "shared" / "cases"


def cases(*names: str) -> list[Any]:
    """Small made-up inputs with their right values, each a parameter of a test; one that skips
    where there are none.

    They lie beside the project, or beside the folder in which its working copies are.
    """
    folder = next(
        (found for found in (CASES, FOLDER.parent.parent / "shared" / "cases") if found.is_dir()),
        None,
    )
    if folder is None:
        return [
            pytest.param({}, marks=pytest.mark.skip(reason=f"no cases in {CASES}"), id="no cases")
        ]
    return [json.loads(line) for name in names for line in (folder / name).read_text().splitlines()]
