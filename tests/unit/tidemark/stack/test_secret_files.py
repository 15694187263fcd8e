"""The secrets of containers."""

import os
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from tidemark.settings import LakeSettings, Settings, XSettings
from tidemark.stack.embedded.secrets import with_secrets
from tidemark.stack.secret_files import MYSQL_USER, OUR_USER, deal


def files(folder: Path) -> dict[str, list[str]]:
    """What is in each container's folder."""
    return {
        home.name: sorted(file.name for file in home.iterdir()) for home in sorted(folder.iterdir())
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return with_secrets(Settings(data_dir=tmp_path / "kept", _env_file=None))


def test_each_container_gets_what_it_needs_and_no_more(settings: Settings, tmp_path: Path) -> None:
    deal(settings, tmp_path / "dealt")

    assert files(tmp_path / "dealt") == {
        "mysql": ["root_password"],
        "notebook": ["TIDEMARK_MYSQL__READER_PASSWORD", "TIDEMARK_NOTEBOOK__TOKEN"],
        "prepare": [
            f"TIDEMARK_MYSQL__{name}_PASSWORD"
            for name in ("CHARTS", "MIGRATOR", "READER", "ROOT", "WRITER")
        ],
        "producer": [],
        "reader": ["TIDEMARK_MYSQL__READER_PASSWORD"],
        "spark": ["TIDEMARK_MYSQL__WRITER_PASSWORD"],
        "superset": [
            "MYSQL_PASSWORD",
            "SUPERSET_ADMIN_PASSWORD",
            "SUPERSET_SECRET_KEY",
            "SUPERSET_VIEWER_PASSWORD",
        ],
    }
    assert settings.mysql.writer_password is not None
    written = (tmp_path / "dealt" / "spark" / "TIDEMARK_MYSQL__WRITER_PASSWORD").read_text()
    assert written == settings.mysql.writer_password.get_secret_value()


def test_again_changes_nothing_and_a_secret_that_is_gone_goes(
    settings: Settings, tmp_path: Path
) -> None:
    lake = LakeSettings(s3_access_key=SecretStr("id"), s3_secret_key=SecretStr("key"))
    with_tokens = settings.model_copy(
        update={"x": XSettings(bearer_token=SecretStr("token")), "lake": lake}
    )

    deal(with_tokens, tmp_path / "dealt")
    deal(with_tokens, tmp_path / "dealt")

    assert files(tmp_path / "dealt")["producer"] == ["TIDEMARK_X__BEARER_TOKEN"]
    assert files(tmp_path / "dealt")["spark"] == [
        *(f"TIDEMARK_LAKE__S3_{name}_KEY" for name in ("ACCESS", "SECRET")),
        "TIDEMARK_MYSQL__WRITER_PASSWORD",
    ]
    deal(settings, tmp_path / "dealt")
    assert files(tmp_path / "dealt")["producer"] == []


def test_only_the_container_s_own_user_may_read_them(settings: Settings, tmp_path: Path) -> None:
    deal(settings, tmp_path / "dealt")

    modes = {
        stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "dealt").rglob("*")
        if path.is_file()
    }
    assert modes == {0o400}
    if os.geteuid() == 0:
        owners = {home.name: home.stat().st_uid for home in (tmp_path / "dealt").iterdir()}
        others = set(owners) - {"mysql"}
        assert owners["mysql"] == MYSQL_USER
        assert {owners[name] for name in others} == {OUR_USER}
