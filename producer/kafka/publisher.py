"""Events into Kafka: nothing doubled, nothing reordered within an author, nothing forgotten."""

import itertools
import logging
import socket
import threading
import time
import zlib
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import TopicPartition

from producer.kafka.client import LeanProducer
from producer.kafka.recovery import Sent
from tidemark.contracts.events import Event
from tidemark.contracts.topics import Topic
from tidemark.errors import DeliveryError, SetupError, UnpreparedError, UnreachableError
from tidemark.settings import variable

# What kafka-python warns of while it tries again is no news; what it gives up on is our error.
logging.getLogger("kafka").setLevel(logging.CRITICAL)

Cursor = Any
"""Opaque to the publisher."""

_CONNECT_S: Final = 10
_FIND_TOPIC_S: Final = 3
_DELIVERY_S: Final = 60
_LINGER_MS: Final = 5
_BATCH_BYTES: Final = 768 << 10
"""The broker refuses batches over 1 MiB. kafka-python has one batch a partition under way, and each
costs it a round through its loop: with 256 KiB it needs a third more processor time for the same
posts."""
_MAX_WAITING_BYTES: Final = 8 << 20
"""kafka-python buffers without bound; more than some batches only makes memory, and a long
drain."""
_OVERHEAD_BYTES: Final = 512
"""About what a waiting record takes besides its value, so that empty ones are bounded too."""
_LOOK_S: Final = 0.2


_Waiting = tuple[FutureRecordMetadata | None, Cursor | None, int, int]
"""What was sent, or None for what had been sent before; its cursor; since when there may be more;
bytes."""


class Publisher(Protocol):
    """Takes events in order, and knows the cursor up to which all of them are safe."""

    def publish(self, topic: Topic, event: Event, cursor: Cursor | None) -> None:
        """Send, later if need be; DeliveryError as soon as any event failed. None leaves the cursor
        where it was."""
        ...

    def acknowledged(self) -> Cursor | None:
        """The cursor up to which every event is acknowledged; None before the first. DeliveryError
        as above."""
        ...

    @property
    def sent_at(self) -> int:
        """µs: since when events were sent that the cursor of acknowledged() does not tell of."""
        ...

    def flush(self, timeout_s: float) -> None:
        """Wait until everything is acknowledged; DeliveryError where it is not by then."""
        ...


class KafkaPublisher:
    """Publishes with acks=all through kafka-python's idempotent producer, the one owner of
    retries."""

    def __init__(
        self,
        bootstrap: str,
        topics: Sequence[Topic],
        stopping: threading.Event,
        *,
        delivery_s: float = _DELIVERY_S,
    ) -> None:
        self._stopping = stopping
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._acknowledged: Cursor | None = None
        self.leave_out(Sent(_now()))
        self._turn = itertools.count()
        self._producer = connect(bootstrap, delivery_s)
        try:
            self._partitions = {
                topic.name: self._partitions_of(topic, bootstrap) for topic in topics
            }
        except SetupError:
            self.close()
            raise

    def leave_out(self, sent: Sent) -> None:
        """What a run before this has sent, and its cursor does not tell of, is not sent again."""
        self._sent, self.sent_at = sent, sent.since

    def publish(self, topic: Topic, event: Event, cursor: Cursor | None) -> None:
        self._settle()
        while self._waiting_bytes > _MAX_WAITING_BYTES and not self._stopping.is_set():
            self._look()
        now = _now()
        if cursor is not None and self._sent.has(event, now):
            self._waiting.append((None, cursor, self.sent_at, 0))
            return
        partitions = self._partitions[topic.name]
        # Any hash keeps an author in one partition; Python's murmur2 would take longer than all the
        # rest of ours.
        hashed = next(self._turn) if event.key is None else zlib.crc32(event.key)
        try:
            sent = self._producer.send_checked(
                partitions[hashed % len(partitions)], event.value, event.key, event.headers()
            )
        except KafkaError as error:
            raise _not_delivered(error) from error
        size_bytes = len(event.value) + _OVERHEAD_BYTES
        self._waiting.append((sent, cursor, self.sent_at if self._sent else now, size_bytes))
        self._waiting_bytes += size_bytes

    def acknowledged(self) -> Cursor | None:
        self._settle()
        return self._acknowledged

    def flush(self, timeout_s: float) -> None:
        try:
            self._producer.flush(timeout_s)
        except KafkaTimeoutError as error:
            self._settle()
            raise DeliveryError(
                f"Kafka did not acknowledge {len(self._waiting)} events within {timeout_s:g} s of stopping; "
                "the cursor stays before them, so they are sent again"
            ) from error
        self._settle()

    def close(self) -> None:
        """Let go of the connections; what is not flushed is given up."""
        self._producer.close(timeout=0)

    def _partitions_of(self, topic: Topic, bootstrap: str) -> list[TopicPartition]:
        try:
            numbers = self._producer.partitions_for(topic.name)
        except KafkaError as error:
            raise UnpreparedError(
                f"Kafka at {bootstrap} has no topic {topic.name!r} ({error}); `tidemark prepare` makes the topics"
            ) from error
        return [TopicPartition(topic.name, number) for number in sorted(numbers)]

    def _settle(self) -> None:
        waiting = self._waiting
        while waiting and (waiting[0][0] is None or waiting[0][0].is_done):
            sent, cursor, sent_at, size_bytes = waiting.popleft()
            self._waiting_bytes -= size_bytes
            if sent is not None and sent.exception is not None:
                waiting.clear()
                raise _not_delivered(sent.exception) from sent.exception
            if cursor is not None:
                self._acknowledged, self.sent_at = cursor, sent_at

    def _look(self) -> None:
        """Wait a little for the oldest."""
        oldest = self._waiting[0][0]
        with suppress(KafkaError):  # still under way, or failed: _settle knows which
            if oldest is not None:
                oldest.get(_LOOK_S)
        self._settle()


def _now() -> int:
    """µs, by the clock of kafka-python's timestamps."""
    return time.time_ns() // 1000


def _not_delivered(error: Exception) -> DeliveryError:
    return DeliveryError(
        f"Kafka did not take an event: {type(error).__name__}: {error}; the cursor stays before it, so nothing is "
        "lost: see to the broker and start again"
    )


def connect(bootstrap: str, delivery_s: float = _DELIVERY_S) -> LeanProducer:
    """Return a producer as all our sources send by; UnreachableError where no broker answers."""
    addresses = bootstrap.split(",")
    try:
        _knock(addresses)
        return LeanProducer(
            bootstrap_servers=addresses,
            bootstrap_timeout_ms=_CONNECT_S * 1000,
            max_block_ms=_FIND_TOPIC_S * 1000,
            allow_auto_create_topics=False,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=_LINGER_MS,
            batch_size=_BATCH_BYTES,
            request_timeout_ms=int(delivery_s * 1000 / 3),
            delivery_timeout_ms=int(delivery_s * 1000),
            reconnect_backoff_max_ms=1000,
            metrics_enabled=False,
        )
    except (OSError, KafkaError) as error:
        raise UnreachableError(
            f"Kafka at {bootstrap} does not answer ({error}); is it running? Check {variable('kafka', 'bootstrap')}"
        ) from error


def _knock(addresses: Sequence[str]) -> None:
    """OSError where no address takes a connection: kafka-python leaks its sockets when it finds
    that out."""
    refused: OSError = OSError("no address given")
    for address in addresses:
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), _CONNECT_S).close()
        except ValueError:
            refused = OSError(f"{address!r} is not host:port")
        except OSError as error:
            refused = error
        else:
            return
    raise refused
