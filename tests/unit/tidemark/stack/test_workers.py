"""What the stack starts its jobs with."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from tidemark.settings import (
    LakeSettings,
    MastodonSettings,
    MysqlSettings,
    Settings,
    XSettings,
)
from tidemark.stack.embedded.server import Server
from tidemark.stack.embedded.workers import Jobs, Producer


def test_jobs_of_the_stack_choose_java_and_spark_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/opt/java-8")
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master yarn pyspark-shell")
    monkeypatch.setenv("ELSEWHERE", "kept")

    given = Jobs(Settings(), log_file=Path("jobs.log")).environment or {}

    assert given["ELSEWHERE"] == "kept"
    assert not {"JAVA_HOME", "PYSPARK_SUBMIT_ARGS"} & given.keys()


def test_a_process_of_the_stack_is_given_its_own_secrets_alone() -> None:
    secret = SecretStr("a secret")
    settings = Settings(
        mysql=MysqlSettings(writer_password=secret, reader_password=secret),
        lake=LakeSettings(s3_access_key=secret),
        x=XSettings(bearer_token=secret),
        mastodon=MastodonSettings(access_token=secret),
    )
    servers: dict[str, Server] = {
        "jobs": Jobs(settings, log_file=Path("log")),
        "x": Producer("x", settings, log_file=Path("log")),
        "sample": Producer("sample", settings, log_file=Path("log")),
    }

    given = {
        name: {key for key, value in (server.environment or {}).items() if value == "a secret"}
        for name, server in servers.items()
    }

    assert given == {
        "jobs": {"TIDEMARK_MYSQL__WRITER_PASSWORD", "TIDEMARK_LAKE__S3_ACCESS_KEY"},
        "x": {"TIDEMARK_X__BEARER_TOKEN"},
        "sample": set(),
    }
