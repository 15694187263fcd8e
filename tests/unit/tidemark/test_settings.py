"""Settings: where they come from, what a wrong one says, and how a child gets them."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from tidemark.contracts.topics import POSTS, TOPICS, Topic
from tidemark.errors import SettingsError
from tidemark.settings import (
    MysqlSettings,
    Settings,
    SupersetSettings,
    TopicSettings,
    XSettings,
    as_environment,
    load,
    require,
)
from tidemark.settings.topics import default_topics


@pytest.fixture(autouse=True)
def empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting from outside, no .env."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("TIDEMARK_")]:
        monkeypatch.delenv(name)


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("TIDEMARK_MYSQL__PORT=1111\nTIDEMARK_MYSQL__HOST=file.example\n")
    monkeypatch.setenv("TIDEMARK_MYSQL__PORT", "2222")

    mysql = load().mysql

    assert (mysql.host, mysql.port, mysql.database) == ("file.example", 2222, "tidemark")


def test_secrets_come_from_files_where_nothing_else_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for account in ("writer", "reader"):
        (folder / f"TIDEMARK_MYSQL__{account.upper()}_PASSWORD").write_text(
            f'{account}\'s "own" $ecret'
        )
    monkeypatch.setenv("TIDEMARK_SECRETS_DIR", str(folder))
    monkeypatch.setenv("TIDEMARK_MYSQL__READER_PASSWORD", "of the environment")

    mysql = load().mysql

    assert require(mysql.writer_password) == 'writer\'s "own" $ecret'
    assert require(mysql.reader_password) == "of the environment"
    assert mysql.root_password is None


def test_a_folder_of_secrets_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEMARK_SECRETS_DIR", "/nowhere")

    with pytest.raises(SettingsError, match="TIDEMARK_SECRETS_DIR is '/nowhere'"):
        load()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "TIDEMARK_MYSQL__PORT",
            "abc",
            "TIDEMARK_MYSQL__PORT is 'abc': input should be a valid integer",
        ),
        (
            "TIDEMARK_SOURCE",
            "tv",
            "TIDEMARK_SOURCE is 'tv': input should be 'x', 'replay', 'sample'",
        ),
        ("TIDEMARK_SAUCE", "x", "TIDEMARK_SAUCE is no setting of Tidemark; see docs/settings.md"),
        (
            "TIDEMARK_KAFKA__PORT",
            "1",
            "TIDEMARK_KAFKA__PORT is no setting of Tidemark; see docs/settings.md",
        ),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as raised:
        load()

    assert message in str(raised.value)


def test_a_wrong_name_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TIDEMARK_SAUCE=x\n")

    with pytest.raises(SettingsError, match="TIDEMARK_SAUCE is no setting of Tidemark"):
        load()


def test_what_compose_and_vagrant_are_told_is_none_of_our_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        "KAFKA_PORT=9192\nCOMPOSE_FILE=a.yml:b.yml\nTIDEMARK_MYSQL__PORT=1111\n"
    )
    monkeypatch.setenv("TIDEMARK_VMS", "4")

    assert load() == Settings(mysql=MysqlSettings(port=1111), _env_file=None)


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (
            {"KEEP__POSTS": 7},
            "TIDEMARK_KEEP__POSTS_DAYS is 7, but Kafka keeps topic posts for 7 days",
        ),
        (
            {"KEEP__EDITS": 9, "TOPICS__EDITS_": 10},
            "TIDEMARK_KEEP__EDITS_DAYS is 9, but Kafka keeps topic edits for 10",
        ),
        ({"KEEP__USERS": 60}, "TIDEMARK_KEEP__USERS_DAYS is 60, but posts are kept for ever"),
        (
            {"KEEP__USERS": 60, "KEEP__POSTS": 61},
            "TIDEMARK_KEEP__USERS_DAYS is 60, but posts are kept for 61 days",
        ),
        (
            {"KEEP__MINUTE_SUMS": 0},
            "TIDEMARK_KEEP__MINUTE_SUMS_DAYS is '0': input should be greater than or equal to 1",
        ),
        (
            {"KEEP__MINUTE_SUMS": 7, "KEEP__HOUR_SUMS": 13},
            "TIDEMARK_KEEP__HOUR_SUMS_DAYS is 13, but charts draw lines",
        ),
        (
            {"KEEP__HOUR_SUMS": 30},
            "TIDEMARK_KEEP__HOUR_SUMS_DAYS is 30, but the finer sums are kept for ever",
        ),
        (
            {"KEEP__MINUTE_SUMS": 30, "KEEP__HOUR_SUMS": 30, "KEEP__DAY_SUMS": 29},
            "TIDEMARK_KEEP__DAY_SUMS_DAYS is 29, but the finer sums are kept for 30 days",
        ),
    ],
)
def test_days_to_keep_that_do_not_fit_together_are_named(
    monkeypatch: pytest.MonkeyPatch, days: dict[str, int], message: str
) -> None:
    for name, number in days.items():
        monkeypatch.setenv(f"TIDEMARK_{name}_DAYS", str(number))

    with pytest.raises(SettingsError) as raised:
        load()

    assert message in str(raised.value)


@pytest.mark.parametrize(
    "days",
    [
        {},
        {"KEEP__POSTS": 8, "KEEP__EDITS": 8, "KEEP__USERS": 8},
        {"TOPICS__POSTS_": 1, "KEEP__POSTS": 2},
        {"KEEP__MINUTE_SUMS": 1, "KEEP__HOUR_SUMS": 14, "KEEP__DAY_SUMS": 14},
        {"KEEP__MINUTE_SUMS": 30},
    ],
)
def test_days_to_keep_that_fit_together_are_taken(
    monkeypatch: pytest.MonkeyPatch, days: dict[str, int]
) -> None:
    for name, number in days.items():
        monkeypatch.setenv(f"TIDEMARK_{name}_DAYS", str(number))

    load()


@pytest.mark.parametrize(
    ("value", "sources"),
    [
        ("wikimedia,bluesky", ["wikimedia", "bluesky"]),
        (" wikimedia , bluesky,wikimedia,", ["wikimedia", "bluesky"]),
        ('["bluesky", "sample"]', ["bluesky", "sample"]),
        ("", ["replay"]),
        ("[]", ["replay"]),
    ],
)
def test_several_sources_take_the_place_of_one(
    value: str, sources: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEMARK_SOURCE", "replay")
    monkeypatch.setenv("TIDEMARK_SOURCES", value)

    assert load().chosen_sources == sources


@pytest.mark.parametrize(
    ("name", "sources"),
    [("TIDEMARK_SOURCE", ["x"]), ("TIDEMARK_SOURCES", ["x", "bluesky"])],
)
def test_the_former_name_of_a_source_is_accepted_with_a_warning_that_says_what_to_write(
    name: str, sources: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(name, ",".join(["x_stream", *sources[1:]]))

    assert load().chosen_sources == sources
    assert caplog.messages == ["deprecated: source x_stream is called x now, write x"]


@pytest.mark.parametrize("value", ["bluesky,tv", '["bluesky"', '{"bluesky": 1}'])
def test_sources_that_are_none_are_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEMARK_SOURCES", value)

    with pytest.raises(SettingsError, match="TIDEMARK_SOURCES"):
        load()


def test_days_of_a_topic_are_set_by_its_name_and_the_others_keep_their_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TIDEMARK_TOPICS__POSTS__DAYS", "3")

    assert load().topics == default_topics() | {"posts": TopicSettings(days=3, mib=POSTS.mib)}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "TIDEMARK_TOPICS__TWEETS__DAYS",
            "3",
            "TIDEMARK_TOPICS__TWEETS is no setting of Tidemark; topics are: posts, edits",
        ),
        (
            "TIDEMARK_TOPICS__POSTS__WEEKS",
            "3",
            "TIDEMARK_TOPICS__POSTS__WEEKS is no setting of Tidemark",
        ),
        (
            "TIDEMARK_TOPICS__POSTS__DAYS",
            "0",
            "TIDEMARK_TOPICS__POSTS__DAYS is '0': input should be greater than or equal to 1",
        ),
        ("TIDEMARK_TOPICS__POSTS", "3", "TIDEMARK_TOPICS__POSTS is "),
        ("TIDEMARK_TOPICS", "3", "TIDEMARK_TOPICS is "),
    ],
)
def test_a_wrong_setting_of_a_topic_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as raised:
        load()

    assert message in str(raised.value)


def test_the_former_name_of_a_setting_of_a_topic_is_accepted_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".env").write_text("TIDEMARK_KAFKA__POSTS_DAYS=3\n")
    monkeypatch.setenv("TIDEMARK_TOPICS__POSTS__MIB", "64")

    assert load().topics["posts"] == TopicSettings(days=3, mib=64)
    assert caplog.messages == [
        "deprecated: TIDEMARK_KAFKA__POSTS_DAYS is called TIDEMARK_TOPICS__POSTS__DAYS now, write that"
    ]


@pytest.mark.parametrize("days", ["3", "4"])
def test_a_setting_of_a_topic_under_both_names_must_be_the_same(
    days: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEMARK_KAFKA__POSTS_DAYS", "3")
    monkeypatch.setenv("TIDEMARK_TOPICS__POSTS__DAYS", days)

    if days == "3":
        assert load().topics["posts"].days == 3
    else:
        with pytest.raises(SettingsError, match="TIDEMARK_KAFKA__POSTS_DAYS is 3, and TIDEMARK_"):
            load()


def test_a_topic_that_is_added_to_the_contract_has_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(TOPICS, "hits", Topic("hits", retention_hours=24, retention_bytes=8 << 20))
    monkeypatch.setenv("TIDEMARK_TOPICS__HITS__DAYS", "2")

    assert load().topics["hits"] == TopicSettings(days=2, mib=8)


@pytest.mark.parametrize("value", [None, SecretStr("")])
def test_a_secret_that_is_needed_and_not_set_is_named(value: SecretStr | None) -> None:
    with pytest.raises(SettingsError, match="TIDEMARK_X__BEARER_TOKEN is not set"):
        require(value, "x", "bearer_token")


def test_a_child_finds_exactly_our_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Settings(
        data_dir=Path("/somewhere/else"),
        source="replay",
        mysql=MysqlSettings(port=3307, writer_password=SecretStr('it\'s a "secret" 密')),
        superset=SupersetSettings(port=0),
        topics={"posts": {"days": 3}},
        x=XSettings(track=["a b", "#é"], limit=5),
    )
    monkeypatch.setenv("TIDEMARK_X__RULES_FILE", "of our environment, and not of our settings")
    monkeypatch.setenv("ELSEWHERE", "kept")

    environment = as_environment(ours)

    assert environment["ELSEWHERE"] == "kept"
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load() == ours


def test_a_source_under_both_of_its_names_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEMARK_SOURCES", "x_stream,bluesky,x")
    assert load().sources == ["x", "bluesky"]
