"""All settings. The only file that reads the environment.

The environment wins over `.env`, which wins over the files of TIDEMARK_SECRETS_DIR, which win over the defaults.
TIDEMARK_MYSQL__PORT is settings.mysql.port.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from tidemark.errors import SettingsError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaSettings(_Part):
    bootstrap: str = Field("127.0.0.1:9092", description="host:port of one or more brokers, by commas")
    partitions: int = Field(2, ge=1, description="Partitions of each topic when it is first made")
    replication: int = Field(1, ge=1, description="Copies of each partition when it is first made")


class MysqlSettings(_Part):
    host: str = Field("127.0.0.1", description="Host of MySQL or MariaDB")
    port: int = Field(3306, ge=1, le=65535, description="Port of MySQL or MariaDB")
    database: str = Field("tidemark", pattern=r"^[A-Za-z0-9_]{1,48}$", description="Database of all tables")
    root_password: SecretStr | None = Field(
        None, description="Password of `root`; only where `tidemark prepare` shall make the accounts"
    )
    migrator_password: SecretStr | None = Field(None, description="Password of `tidemark_migrator`")
    writer_password: SecretStr | None = Field(None, description="Password of `tidemark_writer`")
    reader_password: SecretStr | None = Field(None, description="Password of `tidemark_reader`, for charts")


class SparkSettings(_Part):
    max_rows_per_batch: int = Field(100_000, ge=1, description="Records a micro-batch may take from Kafka")
    reject_limit: int = Field(
        10_000, ge=1, description="So many refused records in a row, none good between, stop the job"
    )


class LakeSettings(_Part):
    path: str | None = Field(
        None, description="Folder or bucket (s3://…) of the lake; `lake` in the data folder by default, `none` for none"
    )
    every_s: int = Field(60, ge=1, description="Seconds between two additions to a table of the lake")
    keep_days: int | None = Field(
        None, ge=1, description="Days that the lake keeps what arrived; the default is for ever"
    )
    s3_endpoint: str | None = Field(None, pattern="^https?://.", description="Where the S3 API is, if not at AWS")
    s3_region: str = Field("us-east-1", description="Region of the bucket")
    s3_access_key: SecretStr | None = Field(None, description="Access key id of the bucket's account")
    s3_secret_key: SecretStr | None = Field(None, description="Secret access key of the bucket's account")

    def store_options(self) -> dict[str, str]:
        """What opens the bucket; without keys, the account of the machine does."""
        options = {"AWS_REGION": self.s3_region}
        if self.s3_endpoint is not None:
            options |= {"AWS_ENDPOINT_URL": self.s3_endpoint, "AWS_ALLOW_HTTP": "true"}
        for name, secret in (("AWS_ACCESS_KEY_ID", self.s3_access_key), ("AWS_SECRET_ACCESS_KEY", self.s3_secret_key)):
            if secret is not None:
                options[name] = secret.get_secret_value()
        return options


class SupersetSettings(_Part):
    port: int = Field(8088, ge=0, le=65535, description="Port of the dashboards; 0 takes a free one")
    secret_key: SecretStr | None = Field(None, description="Signs Superset's sessions")
    admin_password: SecretStr | None = Field(None, description="Password of Superset's user `admin`")
    viewer_password: SecretStr | None = Field(None, description="Password of Superset's user `viewer`")


class NotebookSettings(_Part):
    port: int = Field(8888, ge=1, le=65535, description="Port of JupyterLab; in containers only")
    token: SecretStr | None = Field(None, description="Signs in to JupyterLab; in containers only")


class XSettings(_Part):
    bearer_token: SecretStr | None = Field(None, description="App-only bearer token of the X API")
    api_url: str = Field("https://api.x.com", description="Where the X API is")
    rules_file: Path | None = Field(None, description="Rules, one a line: `tag: value`, or a value alone")
    track: list[str] = Field([], description='Keywords to follow, as a JSON list: ["kafka", "#spark"]')
    languages: list[str] = Field([], description='Languages to keep, as a JSON list: ["en", "fr"]')
    limit: int | None = Field(None, ge=1, description="Disconnect after so many posts; the default is never")


class ReplaySettings(_Part):
    file: Path | None = Field(None, description="JSON lines to play, plain or .gz")
    speed: float = Field(0, ge=0, description="1 is as recorded, 10 ten times as fast, 0 as fast as it goes")


class SampleSettings(_Part):
    rate: float = Field(20, gt=0, le=10_000, description="Made-up posts a second")
    seed: int = Field(7, description="The same seed gives the same posts")
    history_minutes: int = Field(60, ge=0, description="Minutes of past posts sent first, so charts have a past")


class WikimediaSettings(_Part):
    contact: str | None = Field(None, description="Mail or page at which Wikimedia reaches you, as its policy demands")
    url: str = Field("https://stream.wikimedia.org", pattern="^https?://.", description="Where EventStreams is")
    wikis: list[str] = Field([], description='Wikis to keep, as a JSON list: ["enwiki", "frwiki"]; all where empty')
    types: list[Literal["edit", "new", "log", "categorize", "external"]] = Field(
        [], description='Types of changes to keep, as a JSON list: ["edit", "new"]; all where empty'
    )
    bots: bool = Field(True, description="Whether changes by bots are kept too")


class BlueskySettings(_Part):
    hosts: list[Annotated[str, Field(pattern=r"^wss?://[^/?#]+/?$")]] = Field(
        [
            "wss://jetstream1.us-east.bsky.network",
            "wss://jetstream1.us-west.bsky.network",
            "wss://jetstream2.us-east.bsky.network",
            "wss://jetstream2.us-west.bsky.network",
        ],
        min_length=1,
        description="Servers of Jetstream, taken in turn, as a JSON list",
    )
    collections: list[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9.-]*(\.\*)?$")]] = Field(
        ["app.bsky.feed.post", "app.bsky.feed.repost"],
        min_length=1,
        max_length=100,
        description="Kinds of records to follow, as a JSON list; only posts and reposts are stored",
    )
    languages: list[str] = Field(
        [], description='Languages to keep, as a JSON list: ["en", "pt"]; what names none, as reposts, is left out'
    )
    profiles: bool = Field(True, description="Whether names and followers of authors are looked up")
    profiles_url: str = Field(
        "https://public.api.bsky.app", pattern="^https?://.", description="Where profiles are looked up"
    )


class MastodonSettings(_Part):
    url: str | None = Field(None, description="Instance to listen to, the one that the token is of: https://…")
    access_token: SecretStr | None = Field(None, description="Token of a user there, with scope read:statuses")
    timeline: Literal["public", "public:local", "public:remote"] = Field(
        "public", description="All posts that the instance knows of, or its own, or those of others"
    )
    hashtags: list[str] = Field(
        [], max_length=10, description='Hashtags to follow in place of a timeline, as a JSON list: ["kafka", "spark"]'
    )


SourceName = Literal["x_stream", "replay", "sample", "wikimedia", "bluesky", "mastodon"]


def _by_commas(value: object) -> object:
    """a,b or ["a", "b"] as a list, each once; what is neither is left to be refused."""
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else [part.strip() for part in value.split(",")]
    return list(dict.fromkeys(filter(None, value))) if isinstance(value, list) else value


class Settings(BaseSettings):
    """Every setting of every part, checked at start."""

    model_config = SettingsConfigDict(
        env_prefix="TIDEMARK_", env_nested_delimiter="__", env_file=".env", extra="forbid", frozen=True
    )

    data_dir: Path = Field(Path(".tidemark"), description="Where the stack and cursors keep their files")
    secrets_dir: Path | None = Field(
        None, description="Folder with a file for each secret, called like its variable; as containers get them"
    )
    jars_dir: Path = Field(Path(".jars"), description="Where the jars of jars.lock are, in kafka/ and spark/")
    source: SourceName = Field("sample", description="What the stack listens to")
    sources: Annotated[list[SourceName], NoDecode, BeforeValidator(_by_commas)] = Field(
        [], description="Several of them at once, by commas or as a JSON list; in place of TIDEMARK_SOURCE"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much we log")
    kafka: KafkaSettings = KafkaSettings()
    mysql: MysqlSettings = MysqlSettings()
    spark: SparkSettings = SparkSettings()
    lake: LakeSettings = LakeSettings()
    superset: SupersetSettings = SupersetSettings()
    notebook: NotebookSettings = NotebookSettings()
    x: XSettings = XSettings()
    replay: ReplaySettings = ReplaySettings()
    sample: SampleSettings = SampleSettings()
    wikimedia: WikimediaSettings = WikimediaSettings()
    bluesky: BlueskySettings = BlueskySettings()
    mastodon: MastodonSettings = MastodonSettings()

    @property
    def listens_to(self) -> list[SourceName]:
        """The sources that the stack reads."""
        return self.sources or [self.source]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = NestedSecretsSettingsSource(
            file_secret_settings, secrets_prefix="TIDEMARK_", secrets_nested_delimiter="__"
        )
        return init_settings, env_settings, dotenv_settings, files


def variable(*path: str) -> str:
    """The environment variable of a setting: variable("mysql", "port") is TIDEMARK_MYSQL__PORT."""
    return "TIDEMARK_" + "__".join(path).upper()


def load() -> Settings:
    """Settings from the environment; a wrong one raises SettingsError, which names the variable."""
    _refuse_unknown(os.environ)
    folder = os.environ.get(variable("secrets_dir"))
    if folder is not None and not os.access(folder, os.R_OK | os.X_OK):
        raise SettingsError(f"{variable('secrets_dir')} is {folder!r}: no folder that we may read")
    try:
        return Settings(_secrets_dir=folder)
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(problem) for problem in error.errors())) from None


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """pydantic-settings passes over names in the environment that it does not know, at the top level."""
    for name in sorted(environment):
        first = name.upper().removeprefix("TIDEMARK_").partition("__")[0].lower()
        if name.upper().startswith("TIDEMARK_") and first not in Settings.model_fields:
            raise SettingsError(f"{name} is no setting of Tidemark; see docs/settings.md for those there are")


def as_environment(settings: Settings) -> dict[str, str]:
    """Our environment with exactly these settings in it, secrets in the clear: what a child reads them from."""
    others = {name: value for name, value in os.environ.items() if not name.upper().startswith("TIDEMARK_")}
    return others | dict(_variables(settings))


def _variables(model: BaseModel, *path: str) -> Iterator[tuple[str, str]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _variables(value, *path, name)
        elif isinstance(value, SecretStr):
            yield variable(*path, name), value.get_secret_value()
        elif isinstance(value, list):
            yield variable(*path, name), json.dumps(value)
        elif value is not None:
            yield variable(*path, name), str(value)


def under_spark_submit() -> bool:
    """Whether spark-submit started this process, and with it chose master, memory and jars."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


def require(value: SecretStr | None, *path: str) -> str:
    """The secret in `value`; SettingsError naming its variable where it is not set."""
    if value is None or not value.get_secret_value():
        raise SettingsError(f"{variable(*path)} is not set; put it into the environment or into .env")
    return value.get_secret_value()


def _explain(problem: object) -> str:
    assert isinstance(problem, dict)  # noqa: S101
    name = variable(*(str(part) for part in problem["loc"]))
    if problem["type"] == "extra_forbidden":
        return f"{name} is no setting of Tidemark; see docs/settings.md for those there are"
    found = "" if "token" in name.lower() or "password" in name.lower() else f" is {problem['input']!r}"
    return f"{name}{found}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"
