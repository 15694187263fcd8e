"""Kafka as a merge's broker: ids and offsets of a job's topics."""

import base64
import logging
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from spark_jobs.merging.broker import TopicState
from spark_jobs.merging.fence import Place
from tidemark.errors import StreamError, UnpreparedError, UnreachableError

logger = logging.getLogger(__name__)

# kafka-python logs three errors for each connection that is lost, and more while it retries. What
# comes of it is all that counts here: an answer after all, or our error.
logging.getLogger("kafka").setLevel(logging.CRITICAL)

PATIENCE_S: Final = 30.0
"""Three times what the others need to find that a broker is dead, and to lead in its place."""
RETRY_EVERY_S: Final = 0.5

Answer = TypeVar("Answer")


class KafkaBroker:
    """merging.broker.Broker over a connection that is made when it is first needed."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._connection: KafkaAdminClient | None = None

    def topics(self, names: Sequence[str]) -> list[TopicState]:
        """Return the state of each; raises UnreachableError where no broker answers the first
        question within 10 s."""
        return [self._state(topic) for topic in self._described(names)]

    def topic_ids(self, names: Collection[str]) -> dict[str, str]:
        """Return each topic's id, by name."""
        return {
            topic["name"]: _as_kafka_shows(topic["topic_id"]) for topic in self._described(names)
        }

    def latest(self, places: Sequence[Place]) -> dict[Place, int]:
        """Return the offset that comes next, by topic and partition."""
        return self._offsets(places, OffsetSpec.LATEST)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()

    @property
    def _admin(self) -> KafkaAdminClient:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> KafkaAdminClient:
        try:
            return KafkaAdminClient(
                bootstrap_servers=self._bootstrap.split(","),
                bootstrap_timeout_ms=10_000,
                client_id="tidemark-job",
            )
        except KafkaError as error:
            raise UnreachableError(
                f"Kafka at {self._bootstrap} does not answer ({error}); is it running? "
                "Check TIDEMARK_KAFKA__BOOTSTRAP"
            ) from error

    def _described(self, names: Collection[str]) -> list[dict[str, Any]]:
        answer = self._answer(partial(self._admin.describe_topics, list(names)))
        found = {topic["name"]: topic for topic in answer}
        for name in names:
            if name not in found or found[name]["error_code"]:
                raise UnpreparedError(f"Kafka has no topic {name}; run `tidemark prepare`")
        return [found[name] for name in names]

    def _state(self, topic: dict[str, Any]) -> TopicState:
        name = topic["name"]
        places = [(name, partition["partition_index"]) for partition in topic["partitions"]]
        earliest = self._offsets(places, OffsetSpec.EARLIEST)
        latest = self._offsets(places, OffsetSpec.LATEST)
        return TopicState(
            name=name,
            topic_id=_as_kafka_shows(topic["topic_id"]),
            earliest={partition: offset for (_, partition), offset in earliest.items()},
            latest={partition: offset for (_, partition), offset in latest.items()},
        )

    def _offsets(self, places: Sequence[Place], spec: OffsetSpec) -> dict[Place, int]:
        wanted = {TopicPartition(topic, partition): spec for topic, partition in places}
        answer = self._answer(partial(self._admin.list_partition_offsets, wanted))
        return {(place.topic, place.partition): found.offset for place, found in answer.items()}

    def _answer(self, ask: Callable[[], Answer]) -> Answer:
        """Return the answer; ask again while a broker has died and no other leads its partitions.

        Logs that once. Raises StreamError where none has answered for PATIENCE_S.
        """
        until_s = time.monotonic() + PATIENCE_S
        is_logged = False
        while True:
            try:
                return ask()
            except KafkaError as error:
                if not error.retriable or time.monotonic() >= until_s:
                    raise StreamError(
                        f"Kafka at {self._bootstrap} no longer answers ({error})"
                    ) from error
                if not is_logged:
                    fields = {"for_s": PATIENCE_S, "error": error}
                    logger.warning("Kafka does not answer; retrying", extra=fields)
                    is_logged = True
            time.sleep(RETRY_EVERY_S)


def _as_kafka_shows(topic_id: object) -> str:
    """Return 22 characters, as Kafka's own tools and logs print it."""
    return base64.urlsafe_b64encode(uuid.UUID(str(topic_id)).bytes).decode().rstrip("=")
