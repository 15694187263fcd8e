"""Events to the partitions of their topics, from any number of threads."""

import itertools
import threading
import zlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Final

from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import TopicPartition

from producer.kafka.client import DELIVERY_S, connect
from tidemark.contracts.events import Event
from tidemark.contracts.topics import Topic
from tidemark.errors import BacklogFullError, DeliveryError, SetupError, UnpreparedError

_LIMIT_BYTES: Final = 8 << 20
"""kafka-python buffers without bound; more than some batches only costs memory, and a long
drain."""
_OVERHEAD_BYTES: Final = 512
"""About what a waiting record takes besides its value, so that empty ones are bounded too."""
_VALUE_BYTES: Final = 4
"""Where kafka-python's future has the size of its value."""


class Sender:
    """Sends events with acks=all through kafka-python's idempotent producer, which owns the
    retries. Any number of threads may share one; `send` and `append` never block.

    Events of one key arrive in the order in which they were sent. Once Kafka has refused one for
    good, an idempotent producer fails all that follow: close the sender and make another.

    A collector that answers an HTTP request once its event is stored:

        try:
            await asyncio.wrap_future(sender.send(HITS, event))
        except BacklogFullError:
            return 503
    """

    def __init__(
        self,
        bootstrap: str,
        topics: Sequence[Topic],
        *,
        delivery_s: float = DELIVERY_S,
        limit_bytes: float = _LIMIT_BYTES,
    ) -> None:
        """Connect and find the topics; UnreachableError without a broker, UnpreparedError without a
        topic.

        limit_bytes  with more than this unacknowledged no event is accepted; each thread may exceed it by one event
        """
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._in_flight: deque[FutureRecordMetadata] = deque()
        self._in_flight_bytes = 0
        self._round_robin = itertools.count()
        self._producer = connect(bootstrap, delivery_s)
        try:
            self._partitions = {
                topic.name: self._partitions_of(topic, bootstrap) for topic in topics
            }
        except SetupError:
            self.close()
            raise

    def send(self, topic: Topic, event: Event) -> Future[None]:
        """Send the event; its future is done when Kafka has acknowledged it, or fails with a
        DeliveryError. Errors as of `append`."""
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()  # who stops waiting does not stop the delivery
        record = self.append(topic, event)
        record.add_callback(lambda _: future.set_result(None))
        record.add_errback(lambda cause: future.set_exception(delivery_error(cause)))
        return future

    def append(self, topic: Topic, event: Event) -> FutureRecordMetadata:
        """Send the event; return kafka-python's future, cheaper by a fifth of the sending, for a
        loop that only asks for `is_done` and `exception`.

        BacklogFullError where too many bytes are unacknowledged.
        """
        partitions = self._partitions[topic.name]
        # Any hash keeps an author in one partition; Python's murmur2 would take longer than all the
        # rest of ours.
        key, value = event.key, event.value
        hashed = next(self._round_robin) if key is None else zlib.crc32(key)
        partition = partitions[hashed % len(partitions)]
        if self._in_flight_bytes > self._limit_bytes:
            self._require_room()
        try:
            record = self._producer.send_unchecked(partition, value, key, event.headers())
        except KafkaError as error:
            raise delivery_error(error) from error
        # Nothing raises before the release, and `with` costs twice the time.
        self._lock.acquire()
        self._in_flight.append(record)
        self._in_flight_bytes += len(value) + _OVERHEAD_BYTES
        self._lock.release()
        return record

    def wait_for_room(self, timeout_s: float) -> bool:
        """Return whether an event is accepted now, or after waiting for the oldest that is in
        flight."""
        with self._lock:
            if self._free_room():
                return True
            oldest = self._in_flight[0]
        with suppress(KafkaError):  # still in flight, or failed, which its own future reports
            oldest.get(timeout_s)
        with self._lock:
            return self._free_room()

    def lift_limit(self) -> None:
        """Accept whatever comes: for a loop that stops, and reads no more."""
        self._limit_bytes = float("inf")

    def flush(self, timeout_s: float) -> None:
        """Wait until nothing is in flight; TimeoutError where something is by then."""
        try:
            self._producer.flush(timeout_s)
        except KafkaTimeoutError as error:
            raise TimeoutError(f"not all acknowledged within {timeout_s:g} s") from error

    def close(self) -> None:
        """Close the connections; what is not flushed is abandoned."""
        self._producer.close(timeout=0)

    def _require_room(self) -> None:
        with self._lock:
            if not self._free_room():
                raise BacklogFullError(
                    f"{self._in_flight_bytes >> 10} KiB wait for Kafka to acknowledge them; try again later"
                )

    def _free_room(self) -> bool:
        """Forget what is done, up to the oldest that is not; return whether there is room."""
        in_flight = self._in_flight
        while in_flight and in_flight[0].is_done:
            value_bytes = in_flight.popleft().args[_VALUE_BYTES]
            self._in_flight_bytes -= value_bytes + _OVERHEAD_BYTES
        return self._in_flight_bytes <= self._limit_bytes

    def _partitions_of(self, topic: Topic, bootstrap: str) -> list[TopicPartition]:
        try:
            numbers = self._producer.partitions_for(topic.name)
        except KafkaError as error:
            raise UnpreparedError(
                f"Kafka at {bootstrap} has no topic {topic.name!r} ({error}); `tidemark prepare` makes the topics"
            ) from error
        return [TopicPartition(topic.name, number) for number in sorted(numbers)]


def delivery_error(cause: Exception) -> DeliveryError:
    """Return kafka-python's error as ours, which says what to do."""
    error = DeliveryError(
        f"Kafka did not store an event: {type(cause).__name__}: {cause}; check the broker and send it again"
    )
    error.__cause__ = cause
    return error
