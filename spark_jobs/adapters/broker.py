"""What the broker says of a job's topics."""

import base64
import logging
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from tidemark.errors import StreamError, UnpreparedError, UnreachableError

logger = logging.getLogger(__name__)

# Three errors of kafka-python's for each connection that is lost, and more while it tries again,
# say no more than what comes of it here: an answer after all, or our error.
logging.getLogger("kafka").setLevel(logging.CRITICAL)

PATIENCE_S: Final = 30.0
"""Three times what the others need to find that a broker is dead, and to lead in its place."""
ASK_AGAIN_EVERY_S: Final = 0.5

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class TopicState:
    """A topic's id, and by partition the first offset that is still there and the one that comes
    next."""

    name: str
    topic_id: str
    earliest: dict[int, int]
    latest: dict[int, int]


class Broker:
    """A connection that asks; it is closed with the job."""

    def __init__(self, bootstrap: str) -> None:
        """UnreachableError where no broker answers within 10 s; later, StreamError where none has
        for PATIENCE_S."""
        self._bootstrap = bootstrap
        try:
            self._admin = KafkaAdminClient(
                bootstrap_servers=bootstrap.split(","),
                bootstrap_timeout_ms=10_000,
                client_id="tidemark-job",
            )
        except KafkaError as error:
            raise UnreachableError(
                f"Kafka at {bootstrap} does not answer ({error}); is it running? Check TIDEMARK_KAFKA__BOOTSTRAP"
            ) from error

    def topics(self, names: Sequence[str]) -> list[TopicState]:
        """UnpreparedError where a topic does not exist."""
        return [self._state(topic) for topic in self._described(names)]

    def topic_ids(self, names: Collection[str]) -> dict[str, str]:
        """By name; UnpreparedError where a topic does not exist."""
        return {
            topic["name"]: _as_kafka_shows(topic["topic_id"]) for topic in self._described(names)
        }

    def latest(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The offset that comes next, by topic and partition."""
        return self._offsets(places, OffsetSpec.LATEST)

    def close(self) -> None:
        self._admin.close()

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
        return TopicState(
            name=name,
            topic_id=_as_kafka_shows(topic["topic_id"]),
            earliest={p: at for (_, p), at in self._offsets(places, OffsetSpec.EARLIEST).items()},
            latest={p: at for (_, p), at in self._offsets(places, OffsetSpec.LATEST).items()},
        )

    def _offsets(
        self, places: Sequence[tuple[str, int]], spec: OffsetSpec
    ) -> dict[tuple[str, int], int]:
        asked = {TopicPartition(topic, partition): spec for topic, partition in places}
        answer = self._answer(partial(self._admin.list_partition_offsets, asked))
        return {(place.topic, place.partition): found.offset for place, found in answer.items()}

    def _answer(self, ask: Callable[[], Answer]) -> Answer:
        """Asks again where a broker has died, until another leads its partitions; says so once."""
        until_s = time.monotonic() + PATIENCE_S
        is_told = False
        while True:
            try:
                return ask()
            except KafkaError as error:
                if not error.retriable or time.monotonic() >= until_s:
                    raise StreamError(
                        f"Kafka at {self._bootstrap} no longer answers ({error})"
                    ) from error
                if not is_told:
                    logger.warning(
                        "Kafka does not answer; asking again",
                        extra={"for_s": PATIENCE_S, "error": error},
                    )
                    is_told = True
            time.sleep(ASK_AGAIN_EVERY_S)


def _as_kafka_shows(topic_id: object) -> str:
    """22 characters, as Kafka's own tools and logs print it."""
    return base64.urlsafe_b64encode(uuid.UUID(str(topic_id)).bytes).decode().rstrip("=")
