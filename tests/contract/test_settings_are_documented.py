"""docs/settings.md and .env.example list every setting there is, as the code has it, and none that
there is not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from tidemark.settings import Settings, variable
from tidemark.stack.project import FOLDER


def every_setting(model: type[BaseModel] = Settings, *path: str) -> Iterator[tuple[str, FieldInfo]]:
    """Variable and field, in the order of the code, plain ones first."""
    nested = []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            nested.append((name, field.annotation))
        else:
            yield variable(*path, name), field
    for name, inner in nested:
        yield from every_setting(inner, *path, name)


def shown(default: Any) -> str:
    """A default as one would write it into the environment."""
    if default is None:
        return ""
    return str(default).replace("'", '"') if isinstance(default, list | Path) else f"{default}"


def test_the_page_lists_every_setting_with_its_default() -> None:
    page = (FOLDER / "docs" / "settings.md").read_text()
    expected = [
        f"| `{name}` | {f'`{shown(field.default)}`' if shown(field.default) else ''} | {field.description} |"
        for name, field in every_setting()
    ]

    rows = [line for line in page.splitlines() if line.startswith("| `TIDEMARK_")]

    assert rows == expected


def test_the_example_lists_every_setting_commented_out_at_its_default() -> None:
    example = (FOLDER / ".env.example").read_text()
    expected = [f"# {name}={shown(field.default)}" for name, field in every_setting()]

    lines = [line for line in example.splitlines() if "TIDEMARK_" in line and "=" in line]

    assert lines == expected


def test_no_secret_has_a_default() -> None:
    secrets = {
        name: field.default
        for name, field in every_setting()
        if SecretStr in getattr(field.annotation, "__args__", ())
    }

    assert secrets
    assert set(secrets.values()) == {None}
