"""What a merge asks of whoever keeps the records: Kafka, or the lake in its place."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from spark_jobs.merging.fence import Place


@dataclass(frozen=True)
class TopicState:
    """A topic's id, and by partition the first offset that is still there and the one that comes
    next."""

    name: str
    topic_id: str
    earliest: dict[int, int]
    latest: dict[int, int]


class Broker(Protocol):
    """Answers for topics and partitions: adapters/broker.py asks Kafka, replay/lake_broker.py the
    lake."""

    def topics(self, names: Sequence[str]) -> Sequence[TopicState]:
        """Return the state of each topic that has records to merge.

        Raises UnpreparedError where a topic does not exist, StreamError where no broker answers.
        """

    def topic_ids(self, names: Collection[str]) -> dict[str, str]:
        """Return each topic's id, by name; raises as `topics` does."""

    def latest(self, places: Sequence[Place]) -> dict[Place, int]:
        """Return the offset that comes next, by topic and partition."""


class LogReader(Protocol):
    """Reads a stretch of a partition again: adapters/log_reader.py from Kafka, replay/lake_reader.py
    from the lake."""

    def offsets(self, place: Place, first: int, end: int) -> list[int]:
        """Return the offsets that have a record, from `first` to before `end`, in order."""

    def close(self) -> None:
        """Close its connection, if there is one."""
