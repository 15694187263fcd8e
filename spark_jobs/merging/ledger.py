"""The ledger in MySQL: which driver may write for a job, and the next offset of each partition."""

from collections.abc import Mapping, Sequence
from typing import Any

from spark_jobs.merging.broker import TopicState
from spark_jobs.merging.fence import Place, check_start, check_topic
from tidemark.errors import SecondDriverError
from tidemark.named_lock import lock_name
from tidemark.settings import MysqlSettings

LOCK_WAIT_S = 15
"""A driver that was killed may hold its lock until the server notices."""


class Ledger:
    """One job's rows of `ledger`, on the connection that holds the job's lock.

    The lock lives and dies with the connection, and so does the right to merge: nothing else
    merges.
    """

    def __init__(self, connection: Any, job: str, settings: MysqlSettings) -> None:
        self._connection = connection
        self._job = job
        self._lock = lock_name(settings, "writer", f"job {job}")
        self._held_by: int | None = None
        self._topic_ids: dict[str, str] = {}
        self.next_offsets: dict[Place, int] = {}

    @property
    def topics(self) -> list[str]:
        """Return the names of the topics that were opened."""
        return list(self._topic_ids)

    def lock(self) -> None:
        """Lock the job. Raises SecondDriverError where another driver of the job holds it for
        LOCK_WAIT_S."""
        with self._connection.cursor() as cursor:
            self._end_former_connection(cursor)
            cursor.execute("SELECT GET_LOCK(%s, %s)", (self._lock, LOCK_WAIT_S))
            if cursor.fetchone() != (1,):
                raise SecondDriverError(
                    f"another driver of job {self._job} is running on this database; stop it, or let it work"
                )
            cursor.execute("SELECT CONNECTION_ID()")
            (self._held_by,) = cursor.fetchone()

    def _end_former_connection(self, cursor: Any) -> None:
        """Kill the connection of ours that was lost here, where the server has not noticed and
        keeps its lock."""
        cursor.execute("SELECT IS_USED_LOCK(%s)", (self._lock,))
        (holder,) = cursor.fetchone()
        if holder is not None and holder == self._held_by:
            cursor.execute(f"KILL {int(holder)}")

    def open(self, topics: Sequence[TopicState]) -> None:
        """Read where each partition stands; a partition that is new to the ledger starts at its
        earliest record.

        Raises TopicReplacedError or GapError where the broker's topics are not those of the ledger.
        """
        stored = self._rows()
        for topic in topics:
            for partition, earliest in topic.earliest.items():
                place = (topic.name, partition)
                topic_id, next_offset = stored.get(place, (topic.topic_id, earliest))
                check_topic(topic.name, topic_id, topic.topic_id)
                check_start(topic.name, partition, next_offset, earliest, topic.latest[partition])
                self.next_offsets[place] = next_offset
        self._topic_ids.update({topic.name: topic.topic_id for topic in topics})
        self._store(self.next_offsets)
        self._connection.commit()

    def reset(self, topics: Sequence[str]) -> None:
        """Delete the rows of these topics: open() lets each begin at its earliest record."""
        with self._connection.cursor() as cursor:
            for topic in topics:
                cursor.execute(
                    "DELETE FROM ledger WHERE job = %s AND topic = %s", (self._job, topic)
                )

    def check(self, found_ids: Mapping[str, str]) -> None:
        """Raise TopicReplacedError where a topic is no longer the one that was opened."""
        for topic, topic_id in self._topic_ids.items():
            check_topic(topic, topic_id, found_ids[topic])

    def move(self, after: Mapping[Place, int]) -> None:
        """Step on to these offsets, within the transaction that merges up to them; moved() after
        its commit."""
        self._store(after)

    def moved(self, after: Mapping[Place, int]) -> None:
        """Remember the offsets of `move`, whose transaction is committed."""
        self.next_offsets.update(after)

    def _rows(self) -> dict[Place, tuple[str, int]]:
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT topic, kafka_partition, topic_id, next_offset FROM ledger WHERE job = %s",
                (self._job,),
            )
            return {
                (topic, partition): (topic_id, at)
                for topic, partition, topic_id, at in cursor.fetchall()
            }

    def _store(self, offsets: Mapping[Place, int]) -> None:
        rows = [
            (self._job, topic, p, self._topic_ids[topic], at) for (topic, p), at in offsets.items()
        ]
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO ledger (job, topic, kafka_partition, topic_id, next_offset, updated_at) "
                "VALUES (%s, %s, %s, %s, %s, UTC_TIMESTAMP(3)) "
                "ON DUPLICATE KEY UPDATE next_offset = VALUES(next_offset), updated_at = VALUES(updated_at)",
                rows,
            )
