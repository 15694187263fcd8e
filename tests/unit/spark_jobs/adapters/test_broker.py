from typing import Any
from uuid import UUID

import pytest
from kafka.errors import (
    KafkaConnectionError,
    NodeNotReadyError,
    NotLeaderForPartitionError,
    TopicAuthorizationFailedError,
)

from spark_jobs.adapters import broker as broker_module
from spark_jobs.adapters.broker import KafkaBroker
from tidemark.errors import StreamError


class GoneKafka:
    """An admin client whose broker went away after it had connected."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        raise NodeNotReadyError("0")

    def list_partition_offsets(self, asked: dict[Any, Any]) -> dict[Any, Any]:
        raise NodeNotReadyError("0")


def test_a_broker_that_goes_away_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "KafkaAdminClient", GoneKafka)
    monkeypatch.setattr(broker_module, "PATIENCE_S", 0)
    broker = KafkaBroker("kafka:9092")

    for ask in (
        lambda: broker.topics(["posts"]),
        lambda: broker.topic_ids(["posts"]),
        lambda: broker.latest([("posts", 0)]),
    ):
        with pytest.raises(StreamError, match="Kafka at kafka:9092 no longer answers"):
            ask()


class DyingKafka:
    """An admin client that answers once it has raised all of `errors`."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        if self.errors:
            raise self.errors.pop(0)
        return [{"name": name, "error_code": 0, "topic_id": UUID(int=0)} for name in names]


def test_a_broker_that_died_is_asked_again_until_another_leads_and_told_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kafka = DyingKafka(KafkaConnectionError("111 ECONNREFUSED"), NotLeaderForPartitionError())
    monkeypatch.setattr(broker_module, "KafkaAdminClient", lambda **_: kafka)
    monkeypatch.setattr(broker_module, "RETRY_EVERY_S", 0)

    assert KafkaBroker("kafka:9092").topic_ids(["posts"]) == {"posts": "A" * 22}
    assert [record.getMessage() for record in caplog.records] == ["Kafka does not answer; retrying"]


def test_what_no_asking_mends_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = DyingKafka(TopicAuthorizationFailedError())
    monkeypatch.setattr(broker_module, "KafkaAdminClient", lambda **_: kafka)

    with pytest.raises(StreamError, match="TopicAuthorizationFailed"):
        KafkaBroker("kafka:9092").topic_ids(["posts"])
    assert kafka.errors == []
