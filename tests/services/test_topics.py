"""The topics of the contract on a real broker."""

import secrets

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from servers import MysqlServer
from waiting import wait_until

from tidemark.contracts.topics import COVERAGE, EDITS, ENGAGEMENT, POSTS, REJECTED, TOPICS, Topic
from tidemark.errors import SettingsError
from tidemark.settings import KafkaSettings, Settings
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.embedded.ports import free_port
from tidemark.stack.health import kafka_problem
from tidemark.stack.topics import kept_topics, make_topics


def new_topic(*, hours: int = 2, size_bytes: int = 8 << 20) -> Topic:
    return Topic(f"t-{secrets.token_hex(6)}", retention_hours=hours, retention_bytes=size_bytes)


def describe(kafka: Kafka, topic: Topic) -> dict[str, str]:
    """Partitions, and what was set on the topic itself."""
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    try:
        (found,) = admin.describe_topics([topic.name])
        resource = ConfigResource(ConfigResourceType.TOPIC, topic.name)
        (configs,) = (
            by_name[topic.name] for by_name in admin.describe_configs([resource]).values()
        )
    finally:
        admin.close()
    names = ("retention.ms", "retention.bytes", "segment.ms", "segment.bytes")
    return {"partitions": str(len(found["partitions"]))} | {
        name: configs[name]["value"] for name in names
    }


def wait_until_kept(kafka: Kafka, expected: dict[Topic, dict[str, str]]) -> None:
    """The controller takes a change of a topic; its broker tells of it only when it has read it
    from there."""
    wait_until(lambda: {topic: describe(kafka, topic) for topic in expected} == expected)


def test_a_new_topic_keeps_what_the_contract_says(kafka: Kafka) -> None:
    topic = new_topic(hours=2, size_bytes=8 << 20)

    made = make_topics(KafkaSettings(bootstrap=kafka.bootstrap, partitions=3), [topic])

    assert made == [topic.name]
    assert describe(kafka, topic) == {
        "partitions": "3",
        "retention.ms": "7200000",
        "retention.bytes": "8388608",
        "segment.ms": "7200000",
        "segment.bytes": "2097152",
    }


def test_a_topic_that_exists_keeps_its_partitions_and_takes_the_new_retention(kafka: Kafka) -> None:
    before = new_topic(hours=2)
    make_topics(KafkaSettings(bootstrap=kafka.bootstrap, partitions=3), [before])
    after = Topic(before.name, retention_hours=1, retention_bytes=4 << 20)

    made = make_topics(KafkaSettings(bootstrap=kafka.bootstrap, partitions=5), [after])

    assert made == []
    expected = {
        "partitions": "3",
        "retention.ms": "3600000",
        "retention.bytes": "4194304",
        "segment.ms": "3600000",
        "segment.bytes": "1048576",
    }
    wait_until_kept(kafka, {after: expected})


def test_the_topics_of_the_contract_are_kept_as_the_settings_say(kafka: Kafka) -> None:
    make_topics(KafkaSettings(bootstrap=kafka.bootstrap))
    changed = Settings(
        kafka=KafkaSettings(bootstrap=kafka.bootstrap),
        topics={"posts": {"days": 3, "mib": 8}, "rejected": {"days": 90}},
    )

    make_topics(changed.kafka, kept_topics(changed.topics))

    days_and_mib = {
        POSTS: (3, 8),
        EDITS: (7, 4096),
        ENGAGEMENT: (7, 1024),
        COVERAGE: (30, 256),
        REJECTED: (90, 256),
    }
    expected = {
        topic: {
            "partitions": "2",
            "retention.ms": str(days * 86_400_000),
            "retention.bytes": str(mib << 20),
            "segment.ms": "43200000",
            "segment.bytes": str(min(256, mib // 4) << 20),
        }
        for topic, (days, mib) in days_and_mib.items()
    }
    wait_until_kept(kafka, expected)


def test_the_topics_of_the_contract_are_made_once(kafka: Kafka) -> None:
    settings = KafkaSettings(bootstrap=kafka.bootstrap)

    make_topics(settings)

    assert make_topics(settings) == []
    assert set(TOPICS) <= all_topics(kafka)


def test_no_topic_is_made_by_asking_for_it(kafka: Kafka) -> None:
    topic = new_topic()
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)

    admin.describe_topics([topic.name])
    admin.close()

    assert topic.name not in all_topics(kafka)


def test_a_broker_that_serves_has_no_problem(kafka: Kafka) -> None:
    assert kafka_problem(KafkaSettings(bootstrap=kafka.bootstrap)) is None


def test_a_broker_that_is_not_there_is_named(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = KafkaSettings(bootstrap=f"127.0.0.1:{free_port()}")

    with pytest.raises(SettingsError) as raised:
        make_topics(nowhere)

    assert f"Kafka at {nowhere.bootstrap} does not answer" in str(raised.value)
    assert "TIDEMARK_KAFKA__BOOTSTRAP" in str(raised.value)
    assert kafka_problem(nowhere) == str(raised.value)
    assert caplog.messages == []


def test_a_server_that_is_no_broker_is_named(
    mysql: MysqlServer, caplog: pytest.LogCaptureFixture
) -> None:
    problem = kafka_problem(KafkaSettings(bootstrap=f"127.0.0.1:{mysql.settings.port}"))

    assert problem is not None
    assert f"127.0.0.1:{mysql.settings.port} does not answer" in problem
    assert caplog.messages == []


def test_an_address_without_a_port_is_named() -> None:
    problem = kafka_problem(KafkaSettings(bootstrap="localhost"))

    assert problem is not None
    assert "'localhost' is not host:port" in problem


def all_topics(kafka: Kafka) -> set[str]:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    try:
        return set(admin.list_topics())
    finally:
        admin.close()
