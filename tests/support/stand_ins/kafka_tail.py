"""What comes to a topic of a real Kafka, for tests that share it."""

from typing import Any

from kafka import KafkaConsumer, TopicPartition

from tidemark.contracts.topics import Topic


class Tail:
    """What came to a topic since this was made."""

    def __init__(self, bootstrap: str, topic: Topic) -> None:
        self._consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        self._partitions = [
            TopicPartition(topic.name, number)
            for number in self._consumer.partitions_for_topic(topic.name)
        ]
        self._consumer.assign(self._partitions)
        self._consumer.seek_to_end(*self._partitions)
        for partition in self._partitions:
            self._consumer.position(partition)
        self.records: list[Any] = []

    def read(self) -> list[Any]:
        """All records so far, by partition in order."""
        end = self._consumer.end_offsets(self._partitions)
        while any(
            self._consumer.position(partition) < end[partition] for partition in self._partitions
        ):
            for records in self._consumer.poll(timeout_ms=200).values():
                self.records.extend(records)
        return self.records

    def close(self) -> None:
        self._consumer.close()
