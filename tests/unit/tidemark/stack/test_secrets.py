"""The passwords of a stack."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tidemark.settings import MysqlSettings, Settings
from tidemark.stack.embedded.secrets import with_secrets

MYSQL = (
    "root_password",
    "migrator_password",
    "writer_password",
    "reader_password",
    "charts_password",
)
SUPERSET = ("secret_key", "admin_password", "viewer_password")


def shown(settings: Settings) -> dict[str, Any]:
    secrets = {name: getattr(settings.mysql, name) for name in MYSQL}
    secrets |= {name: getattr(settings.superset, name) for name in SUPERSET}
    secrets |= {"token": settings.notebook.token}
    return {name: secret and secret.get_secret_value() for name, secret in secrets.items()}


def test_every_secret_is_made_once_and_differs(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", _env_file=None)

    first, second = shown(with_secrets(settings)), shown(with_secrets(settings))

    assert set(first) == {*MYSQL, *SUPERSET, "token"}
    assert all(len(secret) >= 32 for secret in first.values())
    assert len(set(first.values())) == len(first)
    assert second == first


def test_a_folder_of_an_earlier_version_gets_what_it_lacks_and_keeps_the_rest(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path / "data", _env_file=None)
    before = shown(with_secrets(settings))
    kept = tmp_path / "data" / "secrets.env"
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(line for line in lines if "CHARTS" not in line))

    after = shown(with_secrets(settings))

    assert {name for name in after if after[name] != before[name]} == {"charts_password"}
    assert f"TIDEMARK_MYSQL__CHARTS_PASSWORD={after['charts_password']}\n" in kept.read_text()


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    with_secrets(Settings(data_dir=tmp_path / "data", _env_file=None))

    modes = [
        path.stat().st_mode & 0o777
        for path in (tmp_path / "data", tmp_path / "data" / "secrets.env")
    ]
    assert modes == [0o700, 0o600]


def test_a_secret_that_is_set_wins_and_is_not_kept(tmp_path: Path) -> None:
    mine = MysqlSettings(writer_password=SecretStr("mine"))
    settings = Settings(data_dir=tmp_path / "data", mysql=mine, _env_file=None)

    found = shown(with_secrets(settings))

    assert found["writer_password"] == "mine"
    kept = (tmp_path / "data" / "secrets.env").read_text()
    assert "WRITER" not in kept
    assert f"TIDEMARK_MYSQL__READER_PASSWORD={found['reader_password']}\n" in kept
