"""Reads a stretch of a partition once more, as any consumer sees it: which offsets have a
record."""

import time
from typing import Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from spark_jobs.adapters.broker import PATIENCE_S
from spark_jobs.merging.fence import Place
from tidemark.errors import StreamError

ISOLATION: Final = "read_committed"
"""What jobs and the lake read, here as well as in Spark: records of a transaction only once it is
committed. A program that writes transactions sends again what it aborts, and takes for granted that
nobody has seen it. A transaction that is left open holds back what lies behind it until the broker
ends it, after 15 minutes at most by its defaults."""

_POLL_MS: Final = 100


class KafkaLogReader:
    """merging.broker.LogReader with a consumer that is made when it is first needed: in most topics
    every offset has a record."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._consumer: KafkaConsumer | None = None

    def offsets(self, place: Place, first: int, end: int) -> list[int]:
        """Return the offsets that have a record, from `first` to before `end`, in order.

        Markers of transactions, aborted records and compacted ones have none. Raises StreamError
        where no broker answers.
        """
        at, found, until_s = TopicPartition(*place), list[int](), time.monotonic() + PATIENCE_S
        try:
            consumer = self._consumer = self._consumer or self._connect()
            consumer.assign([at])
            consumer.seek(at, first)
            while consumer.position(at) < end:
                records = consumer.poll(timeout_ms=_POLL_MS).get(at, [])
                found += [record.offset for record in records if record.offset < end]
                if records:
                    until_s = time.monotonic() + PATIENCE_S
                elif time.monotonic() >= until_s:
                    raise StreamError(
                        f"Kafka gave nothing of {place[0]}/{place[1]} from offset {first} to {end}"
                    )
        except KafkaError as error:
            self.close()
            raise StreamError(f"Kafka at {self._bootstrap} no longer answers ({error})") from error
        return found

    def close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _connect(self) -> KafkaConsumer:
        return KafkaConsumer(
            bootstrap_servers=self._bootstrap.split(","),
            client_id="tidemark-log-reader",
            enable_auto_commit=False,
            auto_offset_reset="none",  # what retention has dropped is an error, and nothing to step over
            isolation_level=ISOLATION,
            fetch_max_wait_ms=10,
        )
