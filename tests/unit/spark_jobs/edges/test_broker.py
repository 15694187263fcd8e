from typing import Any

import pytest
from kafka.errors import NodeNotReadyError

from spark_jobs.edges import broker as broker_module
from spark_jobs.edges.broker import Broker
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
    broker = Broker("kafka:9092")

    for ask in (
        lambda: broker.topics(["posts"]),
        lambda: broker.topic_ids(["posts"]),
        lambda: broker.latest([("posts", 0)]),
    ):
        with pytest.raises(StreamError, match="Kafka at kafka:9092 no longer answers"):
            ask()
