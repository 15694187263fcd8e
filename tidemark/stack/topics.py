"""The topics of the contract in Kafka: created where missing, with the retention of the settings."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from kafka.admin import ConfigResource, ConfigResourceType

from tidemark.contracts.topics import TOPICS, Topic
from tidemark.settings import KafkaSettings, TopicSettings
from tidemark.stack.broker import administer

_SEGMENT_BYTES: Final = 256 << 20
_MS_PER_HOUR: Final = 3_600_000
_SEGMENT_HOURS: Final = 12


def make_topics(settings: KafkaSettings, topics: Iterable[Topic] | None = None) -> list[str]:
    """Create the topics that are missing, set the retention of all, and return the names of the new ones.

    Partitions of a topic that exists are not changed: with more of them, events of an author would go to another one.

    topics  default: those of the contract
    """
    topics = list(TOPICS.values() if topics is None else topics)
    with administer(settings) as admin:
        existing = set(admin.list_topics())
        new = [topic for topic in topics if topic.name not in existing]
        old = [topic for topic in topics if topic.name in existing]
        if new:
            admin.create_topics({topic.name: _options(topic, settings) for topic in new})
            admin.wait_for_topics([topic.name for topic in new])
        if old:
            admin.alter_configs(
                [
                    ConfigResource(ConfigResourceType.TOPIC, topic.name, _retention(topic))
                    for topic in old
                ]
            )
    return [topic.name for topic in new]


def kept_topics(settings: Mapping[str, TopicSettings]) -> list[Topic]:
    """Return the topics of the contract, with the retention of the settings."""
    return [
        replace(
            topic,
            retention_hours=settings[name].days * 24,
            retention_bytes=settings[name].mib << 20,
        )
        for name, topic in TOPICS.items()
    ]


def _options(topic: Topic, settings: KafkaSettings) -> dict[str, object]:
    return {
        "num_partitions": settings.partitions,
        "replication_factor": settings.replication,
        "configs": _retention(topic),
    }


def _retention(topic: Topic) -> dict[str, str]:
    """Return the configuration that makes Kafka keep a topic for as long as it should, and no longer.

    Kafka deletes whole segments only, so a segment must be smaller than what is to be kept. It deletes one when the
    newest record in it is too old, so a segment that is closed after half a day keeps no record for a day longer than
    configured. Retention in MySQL relies on that (docs/decisions/0009).
    """
    return {
        "retention.ms": str(topic.retention_hours * _MS_PER_HOUR),
        "retention.bytes": str(topic.retention_bytes),
        "segment.ms": str(min(_SEGMENT_HOURS, topic.retention_hours) * _MS_PER_HOUR),
        "segment.bytes": str(min(_SEGMENT_BYTES, topic.retention_bytes // 4)),
    }
