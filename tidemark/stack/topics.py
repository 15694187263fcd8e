"""The topics of the contract in Kafka: made where missing, kept for as long as the contract says."""

from collections.abc import Sequence
from typing import Final

from kafka.admin import ConfigResource, ConfigResourceType

from tidemark.contracts.topics import TOPICS, Topic
from tidemark.settings import KafkaSettings
from tidemark.stack.broker import administer

_SEGMENT_BYTES: Final = 256 << 20
_MS_PER_HOUR: Final = 3_600_000


def make_topics(settings: KafkaSettings, topics: Sequence[Topic] = TOPICS) -> list[str]:
    """Make what is missing and set the retention of all; returns the names of the new ones.

    Partitions of a topic that exists stay as they are: with more of them an author would change partition.
    """
    with administer(settings) as admin:
        existing = set(admin.list_topics())
        new = [topic for topic in topics if topic.name not in existing]
        old = [topic for topic in topics if topic.name in existing]
        if new:
            admin.create_topics({topic.name: _options(topic, settings) for topic in new})
            admin.wait_for_topics([topic.name for topic in new])
        if old:
            admin.alter_configs(
                [ConfigResource(ConfigResourceType.TOPIC, topic.name, _retention(topic)) for topic in old]
            )
    return [topic.name for topic in new]


def _options(topic: Topic, settings: KafkaSettings) -> dict[str, object]:
    return {
        "num_partitions": settings.partitions,
        "replication_factor": settings.replication,
        "configs": _retention(topic),
    }


def _retention(topic: Topic) -> dict[str, str]:
    """Kafka drops whole segments only: larger than what is to be kept, they would never go."""
    return {
        "retention.ms": str(topic.retention_hours * _MS_PER_HOUR),
        "retention.bytes": str(topic.retention_bytes),
        "segment.bytes": str(min(_SEGMENT_BYTES, topic.retention_bytes // 4)),
    }
