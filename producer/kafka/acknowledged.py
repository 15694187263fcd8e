"""How far Kafka has acknowledged what a loop sent, as a cursor."""

from collections import deque
from typing import Generic, TypeVar

import msgspec
from kafka.producer.future import FutureRecordMetadata

from producer.kafka.sender import delivery_error
from tidemark.errors import DeliveryError

CursorT = TypeVar("CursorT")
"""Whatever a source needs to resume: handed back once its event is acknowledged, never read."""


class Waiting(msgspec.Struct, Generic[CursorT], gc=False):
    """An event that was sent. A struct, as it is made for each: a NamedTuple takes four times as
    long.

    record   its future; None where an earlier run had sent it
    cursor   where to resume after it; None where it moves no cursor
    sent_at  µs: whatever comes after the cursor was sent then, or later
    """

    record: FutureRecordMetadata | None
    cursor: CursorT | None
    sent_at: int


class Acknowledgements(Generic[CursorT]):
    """Events that wait for their acknowledgement, in the order of reading, and the cursor up to
    which each is acknowledged."""

    def __init__(self, sent_at: int) -> None:
        """Begin without a cursor."""
        self._waiting: deque[Waiting[CursorT]] = deque()
        self.cursor: CursorT | None = None
        self.sent_at = sent_at
        """µs: whatever comes after `cursor` was sent then, or later."""

    def __len__(self) -> int:
        """Return how many events wait."""
        return len(self._waiting)

    def add(
        self, record: FutureRecordMetadata | None, cursor: CursorT | None, sent_at: int
    ) -> None:
        """Append the event that was read last."""
        self._waiting.append(Waiting(record, cursor, sent_at))

    def settle(self) -> None:
        """Move the cursor past what is acknowledged; DeliveryError at the first event that
        failed."""
        waiting = self._waiting
        while waiting and ((record := waiting[0].record) is None or record.is_done):
            event = waiting.popleft()
            if record is not None and record.exception is not None:
                waiting.clear()
                error = delivery_error(record.exception)
                raise DeliveryError(
                    f"{error}; nothing is lost: the saved cursor is before it"
                ) from error
            if event.cursor is not None:
                self.cursor, self.sent_at = event.cursor, event.sent_at
