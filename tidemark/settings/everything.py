"""All parts of the settings in one model."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from tidemark.settings.deprecated import with_topics_renamed
from tidemark.settings.jobs import LakeSettings, PostsSettings, SparkSettings
from tidemark.settings.keep import DiskSettings, KeepSettings, check_against_topics
from tidemark.settings.servers import (
    KafkaSettings,
    MysqlSettings,
    NotebookSettings,
    SupersetSettings,
)
from tidemark.settings.sources import (
    BlueskySettings,
    MastodonSettings,
    ReplaySettings,
    SampleSettings,
    SourceName,
    WikimediaSettings,
    XSettings,
)
from tidemark.settings.topics import TopicsSettings, default_topics


def _by_commas(value: object) -> object:
    """Return `a,b` or `["a", "b"]` as a list without repeats. Anything else is returned as it is, for
    pydantic to refuse."""
    if isinstance(value, str):
        value = (
            json.loads(value)
            if value.lstrip().startswith("[")
            else [part.strip() for part in value.split(",")]
        )
    return list(dict.fromkeys(filter(None, value))) if isinstance(value, list) else value


def _once_each(names: list[SourceName]) -> list[SourceName]:
    """Return the names without repeats: one may have been given by a former name too."""
    return list(dict.fromkeys(names))


class Settings(BaseSettings):
    """Every setting of every part, validated when a program starts."""

    model_config = SettingsConfigDict(
        env_prefix="TIDEMARK_",
        env_nested_delimiter="__",
        env_file=".env",
        dotenv_filtering="match_prefix",  # Docker Compose reads other names there
        extra="forbid",
        frozen=True,
    )

    data_dir: Path = Field(
        Path(".tidemark"), description="Folder for the files of the stack, of producers and of jobs"
    )
    secrets_dir: Path | None = Field(
        None,
        description="Folder with one file for each secret, named like its variable, as in containers",
    )
    jars_dir: Path = Field(
        Path(".jars"), description="Folder with the jars of jars.lock, in kafka/ and spark/"
    )
    source: SourceName = Field("sample", description="Source that the stack reads")
    sources: Annotated[
        list[SourceName], NoDecode, BeforeValidator(_by_commas), AfterValidator(_once_each)
    ] = Field(
        [],
        description="Several sources instead of one, separated by commas or as a JSON list",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severe level that is logged"
    )
    kafka: KafkaSettings = KafkaSettings()
    topics: TopicsSettings = Field(default_factory=default_topics)
    mysql: MysqlSettings = MysqlSettings()
    spark: SparkSettings = SparkSettings()
    posts: PostsSettings = PostsSettings()
    lake: LakeSettings = LakeSettings()
    keep: KeepSettings = KeepSettings()
    disk: DiskSettings = DiskSettings()
    superset: SupersetSettings = SupersetSettings()
    notebook: NotebookSettings = NotebookSettings()
    x: XSettings = XSettings()
    replay: ReplaySettings = ReplaySettings()
    sample: SampleSettings = SampleSettings()
    wikimedia: WikimediaSettings = WikimediaSettings()
    bluesky: BlueskySettings = BlueskySettings()
    mastodon: MastodonSettings = MastodonSettings()

    @property
    def chosen_sources(self) -> list[SourceName]:
        """Return the sources that the stack reads."""
        return self.sources or [self.source]

    @model_validator(mode="after")
    def _check(self) -> "Settings":
        check_against_topics(self.keep, self.topics)
        return self

    @model_validator(mode="before")
    @classmethod
    def _rename(cls, values: dict[str, Any]) -> dict[str, Any]:
        return with_topics_renamed(values)

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
