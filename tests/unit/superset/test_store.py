"""How a new store of Superset begins."""

import stat
import sys
from pathlib import Path

import bootstrap
import pytest


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it will be; the template holds "ready"."""
    (tmp_path / "template").mkdir()
    (tmp_path / "template" / "superset.db").write_text("ready")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("SUPERSET_HOME", str(tmp_path))
    return tmp_path / "superset.db"


def test_a_new_one_is_a_copy_that_nobody_else_may_read(store: Path) -> None:
    bootstrap.lay_out_store()

    assert store.read_text() == "ready"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_one_that_is_there_stays(store: Path) -> None:
    store.write_text("ours")

    bootstrap.lay_out_store()

    assert store.read_text() == "ours"


def test_without_a_template_superset_makes_its_own(store: Path) -> None:
    (store.parent / "template" / "superset.db").unlink()

    bootstrap.lay_out_store()

    assert not store.exists()
