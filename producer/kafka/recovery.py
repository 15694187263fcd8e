"""The events that a killed run sent after its last saved cursor: read back from Kafka, so that they
are not sent again."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from producer.cursor import CursorFile
from tidemark.contracts.events import EVENT_ID_HEADER, Event
from tidemark.contracts.topics import Topic
from tidemark.errors import UnreachableError

_EARLIER_US: Final = 1_000_000
"""A clock that is set may go back a little."""
_LATER_US: Final = 120_000_000
"""The cursor is saved each second, but not while Kafka holds the loop up: then the run ends after a
minute."""
_REMEMBERED_US: Final = 300_000_000
"""What a source does not send again within five minutes it does not send again."""
_READ_S: Final = 60
_POLL_MS: Final = 200


class UnacknowledgedTail:
    """Identities of events that are in Kafka, though the saved cursor is before them. Instants in
    µs, by the clock of Kafka's timestamps.

    It is empty once each was discarded, or the time is over.
    """

    def __init__(self, since: int, identities: set[bytes] | None = None, until: int = 0) -> None:
        """Hold events that were sent from `since` on, until the instant `until`."""
        self.since = since
        self.identities = identities or set()
        self._until = until

    def discard(self, event: Event, now: int) -> bool:
        """Remove the event; return whether it was there."""
        if now > self._until:
            self.identities.clear()
            return False
        event_id = None if event.event_id is None else event.event_id.encode()
        identity = _identity(event_id, event.value)
        if identity not in self.identities:
            return False
        self.identities.remove(identity)
        return True


def recover_tail(
    bootstrap: str, topics: Sequence[Topic], cursor_file: CursorFile
) -> UnacknowledgedTail:
    """Return what came to the topics around the end of the last run, after the event of its
    cursor; UnreachableError where Kafka does not give it."""
    now = time.time_ns() // 1000
    since = cursor_file.load().sent_at
    if since is None:
        return UnacknowledgedTail(now)
    from_ms = (since - _EARLIER_US) // 1000
    to_ms = (cursor_file.saved_at + _LATER_US) // 1000
    try:
        with closing(
            KafkaConsumer(bootstrap_servers=bootstrap.split(","), enable_auto_commit=False)
        ) as consumer:
            identities = {
                _identity(dict(record.headers).get(EVENT_ID_HEADER), record.value)
                for record in _records(consumer, topics, from_ms, to_ms)
            }
    except KafkaError as error:
        raise UnreachableError(
            f"Kafka at {bootstrap} does not return what the last run sent: {error}"
        ) from error
    if not identities:
        return UnacknowledgedTail(now)
    return UnacknowledgedTail(since, identities, now + _REMEMBERED_US)


def _records(consumer: Any, topics: Sequence[Topic], from_ms: int, to_ms: int) -> Iterator[Any]:
    """Yield the records with timestamps from `from_ms` to `to_ms`, up to where the partitions end
    now."""
    partitions = [
        TopicPartition(topic.name, number)
        for topic in topics
        for number in consumer.partitions_for_topic(topic.name) or ()
    ]
    first = consumer.offsets_for_times(dict.fromkeys(partitions, from_ms))
    ends = consumer.end_offsets(partitions)
    unread = {p for p in partitions if first[p] is not None and first[p].offset < ends[p]}
    consumer.assign(list(unread))
    for partition in unread:
        consumer.seek(partition, first[partition].offset)
    deadline_s = time.monotonic() + _READ_S
    while unread:
        if time.monotonic() > deadline_s:
            raise KafkaError(f"{len(unread)} partitions not read within {_READ_S} s")
        for partition, records in consumer.poll(timeout_ms=_POLL_MS).items():
            yield from (record for record in records if record.timestamp <= to_ms)
            if records[-1].timestamp > to_ms or consumer.position(partition) >= ends[partition]:
                unread.discard(partition)
                consumer.pause(partition)


def _identity(event_id: bytes | None, value: bytes | None) -> bytes:
    """Return the id, or a hash of the value where the event has none."""
    return event_id or hashlib.blake2b(value or b"", digest_size=16).digest()
