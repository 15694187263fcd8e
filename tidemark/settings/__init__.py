"""All settings: TIDEMARK_MYSQL__PORT is settings.mysql.port. Only environment.py reads the environment."""

from tidemark.settings.deprecated import source_name
from tidemark.settings.environment import as_environment, load, require, under_spark_submit
from tidemark.settings.every_setting import Setting, every_setting
from tidemark.settings.everything import Settings
from tidemark.settings.jobs import LakeSettings, PostsSettings, SparkSettings
from tidemark.settings.keep import DiskSettings, KeepSettings
from tidemark.settings.part import variable
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
from tidemark.settings.topics import TopicSettings

__all__ = [
    "BlueskySettings",
    "DiskSettings",
    "KafkaSettings",
    "KeepSettings",
    "LakeSettings",
    "MastodonSettings",
    "MysqlSettings",
    "NotebookSettings",
    "PostsSettings",
    "ReplaySettings",
    "SampleSettings",
    "Setting",
    "Settings",
    "SourceName",
    "SparkSettings",
    "SupersetSettings",
    "TopicSettings",
    "WikimediaSettings",
    "XSettings",
    "as_environment",
    "every_setting",
    "load",
    "require",
    "source_name",
    "under_spark_submit",
    "variable",
]
