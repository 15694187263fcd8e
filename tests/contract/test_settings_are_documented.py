"""docs/settings.md and .env.example list every setting there is, as the code has it, and none that
there is not."""

from pathlib import Path
from typing import Any, Final

from tidemark.settings import Settings, every_setting
from tidemark.stack.project import FOLDER

DEFAULTS: Final = Settings.model_construct()
"""Every setting at its default, whatever the environment says."""


def shown(default: Any) -> str:
    """A default as one would write it into the environment."""
    if default is None:
        return ""
    return str(default).replace("'", '"') if isinstance(default, list | Path) else f"{default}"


def in_code(text: str) -> str:
    return f"`{text}`" if text else ""


def test_the_page_lists_every_setting_with_its_default() -> None:
    page = (FOLDER / "docs" / "settings.md").read_text()
    expected = [
        f"| `{setting.variable}` | {in_code(shown(setting.value))} | {setting.description} |"
        for setting in every_setting(DEFAULTS)
    ]

    rows = [line for line in page.splitlines() if line.startswith("| `TIDEMARK_")]

    assert rows == expected


def test_the_example_lists_every_setting_commented_out_at_its_default() -> None:
    example = (FOLDER / ".env.example").read_text()
    expected = [
        f"# {setting.variable}={shown(setting.value)}" for setting in every_setting(DEFAULTS)
    ]

    lines = [line for line in example.splitlines() if "TIDEMARK_" in line and "=" in line]

    assert lines == expected


def test_no_secret_has_a_default() -> None:
    secrets = {
        setting.variable: setting.value for setting in every_setting(DEFAULTS) if setting.is_secret
    }

    assert secrets
    assert set(secrets.values()) == {None}
