"""Sending and acknowledgements as the pull loop needs them: nothing doubled, reordered within an
author, or lost."""

import threading
import time
from collections.abc import Sequence
from typing import Final, Generic, Protocol

from producer.kafka.acknowledged import Acknowledgements, CursorT
from producer.kafka.client import DELIVERY_S
from producer.kafka.recovery import UnacknowledgedTail
from producer.kafka.sender import Sender
from tidemark.contracts.events import Event
from tidemark.contracts.topics import Topic
from tidemark.errors import BacklogFullError, DeliveryError

_WAIT_S: Final = 0.2
"""A loop that waits for room checks this often whether it is to stop."""


class Publisher(Protocol[CursorT]):
    """Publishes events in order, and knows the cursor up to which all of them are safe."""

    def publish(self, topic: Topic, event: Event, cursor: CursorT | None) -> None:
        """Send, later if need be; DeliveryError as soon as any event failed. None leaves the cursor
        where it was."""
        ...

    def acknowledged(self) -> CursorT | None:
        """Return the cursor up to which every event is acknowledged, None before the first;
        DeliveryError as above."""
        ...

    @property
    def sent_at(self) -> int:
        """Return since when, in µs, events were sent that come after the acknowledged cursor."""
        ...

    def flush(self, timeout_s: float) -> None:
        """Wait until everything is acknowledged; DeliveryError where it is not by then."""
        ...


class KafkaPublisher(Generic[CursorT]):
    """Publishes through a Sender, and waits where too much is unacknowledged, until `stopping`."""

    def __init__(
        self,
        bootstrap: str,
        topics: Sequence[Topic],
        stopping: threading.Event,
        *,
        delivery_s: float = DELIVERY_S,
    ) -> None:
        """Connect; errors as of Sender."""
        self._sender = Sender(bootstrap, topics, delivery_s=delivery_s)
        self._stopping = stopping
        self.skip_tail(UnacknowledgedTail(time.time_ns() // 1000))

    def skip_tail(self, tail: UnacknowledgedTail) -> None:
        """Send none of the events that the run before this one sent and whose cursor it did not
        save. To be called before the first event."""
        self._tail = tail
        self._acknowledgements: Acknowledgements[CursorT] = Acknowledgements(tail.since)

    @property
    def sent_at(self) -> int:
        """See Publisher."""
        return self._acknowledgements.sent_at

    def publish(self, topic: Topic, event: Event, cursor: CursorT | None) -> None:
        """See Publisher."""
        acknowledgements = self._acknowledgements
        acknowledgements.settle()
        now = sent_at = time.time_ns() // 1000
        if self._tail.identities:
            sent_at = acknowledgements.sent_at
            if cursor is not None and self._tail.discard(event, now):
                acknowledgements.add(None, cursor, sent_at)
                return
        try:
            record = self._sender.append(topic, event)
        except BacklogFullError:
            self._wait_for_room()
            record = self._sender.append(topic, event)
        acknowledgements.add(record, cursor, sent_at)

    def acknowledged(self) -> CursorT | None:
        """See Publisher."""
        self._acknowledgements.settle()
        return self._acknowledgements.cursor

    def flush(self, timeout_s: float) -> None:
        """See Publisher."""
        try:
            self._sender.flush(timeout_s)
        except TimeoutError as error:
            self._acknowledgements.settle()
            raise DeliveryError(
                f"Kafka did not acknowledge {len(self._acknowledgements)} events within {timeout_s:g} s of stopping; "
                "the cursor stays before them, so they are sent again"
            ) from error
        self._acknowledgements.settle()

    def close(self) -> None:
        """Close the connections; what is not flushed is abandoned."""
        self._sender.close()

    def _wait_for_room(self) -> None:
        while not self._sender.wait_for_room(_WAIT_S):
            self._acknowledgements.settle()
            if self._stopping.is_set():
                self._sender.lift_limit()
