"""Statements of merges are read from files, also where the project lies in a zip."""

import zipfile
from pathlib import Path

import pytest

from spark_jobs import merges
from spark_jobs.merges.sql_files import read_sql

STATEMENT = """-- Why, with a {brace}.
DELETE staged FROM {staged} staged
  -- and why here
WHERE {condition};
"""
READ = "DELETE staged FROM {staged} staged\nWHERE staged.op = 'x'"
FILES = sorted(Path(*merges.__path__).rglob("*.sql"))


@pytest.fixture(params=["folder", "zip"])
def package(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package with the file `discard.sql`."""
    name = f"made_up_in_{request.param}"
    files = {f"{name}/__init__.py": "", f"{name}/discard.sql": STATEMENT}
    place = tmp_path / "packages"
    if request.param == "zip":
        with zipfile.ZipFile(place, "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
    else:
        (place / name).mkdir(parents=True)
        for path, text in files.items():
            (place / path).write_text(text)
    monkeypatch.syspath_prepend(place)
    return name


def test_fragments_are_put_in_and_tables_and_comments_are_not(package: str) -> None:
    assert read_sql(package, "discard", condition="staged.op = 'x'") == READ


def test_a_placeholder_that_nothing_stands_for_is_an_error(package: str) -> None:
    with pytest.raises(KeyError, match="condition"):
        read_sql(package, "discard")


def test_every_file_is_read_by_its_package() -> None:
    code = {
        folder: "".join(module.read_text("utf-8") for module in folder.glob("*.py"))
        for folder in {path.parent for path in FILES}
    }

    assert [path for path in FILES if f'"{path.stem}"' not in code[path.parent]] == []
