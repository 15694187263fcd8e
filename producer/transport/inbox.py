"""The queue between the threads that read a source and the loop."""

import queue
import threading
from typing import Final, Generic, TypeVar

MessageT = TypeVar("MessageT")
_WAITING: Final = 2000
_LOOK_S: Final = 0.2


class Inbox(Generic[MessageT]):
    """Bounded: a loop that waits for Kafka holds the other side back."""

    def __init__(self, size: int = _WAITING) -> None:
        self.stopped = threading.Event()
        """Set by close(): the threads end."""
        self._queue: queue.Queue[MessageT | Exception] = queue.Queue(size)

    def put(self, message: MessageT | Exception) -> bool:
        """Append a message, or the error that ends the source; wait while the queue is full, unless
        closed.

        Return whether that took so long that meanwhile nothing was read.
        """
        has_waited = False
        while not self.stopped.is_set():
            try:
                self._queue.put(message, timeout=_LOOK_S)
            except queue.Full:
                has_waited = True
            else:
                break
        return has_waited

    def get(self, timeout_s: float) -> MessageT | None:
        """Return the next message, None where none comes in time; raise an error that was put."""
        try:
            message = self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(message, Exception):
            raise message
        return message

    def close(self) -> None:
        """Let threads that wait in put() go on, and end."""
        self.stopped.set()
