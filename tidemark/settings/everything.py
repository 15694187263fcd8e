"""Every setting there is, part by part."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from tidemark.settings.deprecated import with_topics_renamed
from tidemark.settings.jobs import LakeSettings, SparkSettings
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
    """a,b or ["a", "b"] as a list, each once; what is neither is left to be refused."""
    if isinstance(value, str):
        value = (
            json.loads(value)
            if value.lstrip().startswith("[")
            else [part.strip() for part in value.split(",")]
        )
    return list(dict.fromkeys(filter(None, value))) if isinstance(value, list) else value


class Settings(BaseSettings):
    """Every setting of every part, checked at start."""

    model_config = SettingsConfigDict(
        env_prefix="TIDEMARK_",
        env_nested_delimiter="__",
        env_file=".env",
        dotenv_filtering="match_prefix",  # Docker Compose reads names of its own there
        extra="forbid",
        frozen=True,
    )

    data_dir: Path = Field(
        Path(".tidemark"), description="Where the stack, cursors and jobs keep their files"
    )
    secrets_dir: Path | None = Field(
        None,
        description="Folder with a file for each secret, called like its variable; as containers get them",
    )
    jars_dir: Path = Field(
        Path(".jars"), description="Where the jars of jars.lock are, in kafka/ and spark/"
    )
    source: SourceName = Field("sample", description="What the stack listens to")
    sources: Annotated[list[SourceName], NoDecode, BeforeValidator(_by_commas)] = Field(
        [],
        description="Several of them at once, by commas or as a JSON list; in place of TIDEMARK_SOURCE",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="How much we log"
    )
    kafka: KafkaSettings = KafkaSettings()
    topics: TopicsSettings = Field(default_factory=default_topics)
    mysql: MysqlSettings = MysqlSettings()
    spark: SparkSettings = SparkSettings()
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
    def listens_to(self) -> list[SourceName]:
        """The sources that the stack reads."""
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
