"""What a run that was killed has sent though its cursor does not tell of it: read back from Kafka,
not sent again."""

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
"""The cursor is saved each second, but not while Kafka holds us up: then we give up after a
minute."""
_KEPT_US: Final = 300_000_000
"""What a source does not give again within five minutes it does not give again."""
_READ_S: Final = 60
_POLL_MS: Final = 200


class Sent:
    """Names of events; each is asked for once. Instants in µs, by the clock of Kafka's
    timestamps."""

    def __init__(self, since: int, names: set[bytes] | None = None, until: int = 0) -> None:
        """since: from then on they were sent; until: when they are forgotten."""
        self.since = since
        self._names = names or set()
        self._until = until

    def __bool__(self) -> bool:
        return bool(self._names)

    def has(self, event: Event, now: int) -> bool:
        """Whether it is one of them; from now on it is not."""
        if not self._names:
            return False
        if now > self._until:
            self._names.clear()
        name = _name(None if event.event_id is None else event.event_id.encode(), event.value)
        if name not in self._names:
            return False
        self._names.remove(name)
        return True


def find_sent(bootstrap: str, topics: Sequence[Topic], cursor_file: CursorFile) -> Sent:
    """What came to the topics around the end of the last run, after the event of its cursor."""
    now = time.time_ns() // 1000
    since = cursor_file.load().sent_at
    if since is None:
        return Sent(now)
    try:
        with closing(
            KafkaConsumer(bootstrap_servers=bootstrap.split(","), enable_auto_commit=False)
        ) as consumer:
            until = cursor_file.saved_at + _LATER_US
            records = _records(consumer, topics, (since - _EARLIER_US) // 1000, until // 1000)
            names = {
                _name(dict(record.headers).get(EVENT_ID_HEADER), record.value) for record in records
            }
    except KafkaError as error:
        raise UnreachableError(
            f"Kafka at {bootstrap} does not give back what was sent last: {error}"
        ) from error
    return Sent(since, names, now + _KEPT_US) if names else Sent(now)


def _records(consumer: Any, topics: Sequence[Topic], from_ms: int, to_ms: int) -> Iterator[Any]:
    places = [
        TopicPartition(topic.name, number)
        for topic in topics
        for number in consumer.partitions_for_topic(topic.name) or ()
    ]
    first, ends = (
        consumer.offsets_for_times(dict.fromkeys(places, from_ms)),
        consumer.end_offsets(places),
    )
    left = {
        place for place in places if first[place] is not None and first[place].offset < ends[place]
    }
    consumer.assign(list(left))
    for place in left:
        consumer.seek(place, first[place].offset)
    deadline_s = time.monotonic() + _READ_S
    while left:
        if time.monotonic() > deadline_s:
            raise KafkaError(f"{len(left)} partitions not read within {_READ_S} s")
        for place, records in consumer.poll(timeout_ms=_POLL_MS).items():
            yield from (record for record in records if record.timestamp <= to_ms)
            if records[-1].timestamp > to_ms or consumer.position(place) >= ends[place]:
                left.discard(place)
                consumer.pause(place)


def _name(event_id: bytes | None, value: bytes | None) -> bytes:
    """The value stands for an event that has no id."""
    return event_id or hashlib.blake2b(value or b"", digest_size=16).digest()
