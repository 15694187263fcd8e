"""kafka-python's producer, with a shorter way in."""

from kafka import KafkaProducer
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import TopicPartition


class LeanProducer(KafkaProducer):  # type: ignore[misc]  # kafka-python has no types
    """Adds send_checked beside send; all the rest is kafka-python's, whose version is pinned to the
    letter.

    send() checks types, topic and size and words a debug line, for every record: a third of the
    processor time of publishing one (34 µs; 21 µs by this way, for 1.7 KB with three headers). Our
    events are checked when they are made, and the topic once, at start.
    """

    def send_checked(
        self,
        where: TopicPartition,
        value: bytes,
        key: bytes | None,
        headers: list[tuple[str, bytes]],
    ) -> FutureRecordMetadata:
        """What send() does after its checks, for a partition that exists and a record that fits a
        request."""
        future, batch_is_full, batch_is_new, _ = self._accumulator.append(
            where, None, key, value, headers
        )
        if batch_is_full or batch_is_new:
            self._sender.wakeup()
        return future
