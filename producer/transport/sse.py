"""Server-sent events, out of bytes as they come:
https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_DATA_BYTES: Final = 1 << 20
"""More of a frame's data is not kept. What is left is more than Kafka takes, so that it is seen to
be too large."""
_BOM: Final = b"\xef\xbb\xbf"


class Frame(NamedTuple):
    """One event. Several lines of data are joined by LF; id is the last one that the stream has
    sent, ever."""

    event: str
    data: bytes
    id: str | None


class Heartbeat(NamedTuple):
    """A comment, or a frame without data: no event, but a sign of life."""

    text: bytes


class SseReader:
    """Takes chunks, cut anywhere, of one connection; gives what is complete. A frame that never
    ends is dropped."""

    def __init__(self, *, max_data_bytes: int = MAX_DATA_BYTES) -> None:
        self._max_bytes = max_data_bytes
        self._head: bytes | None = b""
        """The first bytes, until we know whether they are a BOM; None from then on."""
        self._after_cr = False
        self._line = bytearray()
        self._event = ""
        self._data: bytearray | None = None
        self._id: str | None = None

    def feed(self, chunk: bytes) -> Iterator[Frame | Heartbeat]:
        """Read the result to its end: what follows in the chunk is taken as it is asked for."""
        chunk = self._without_bom(chunk)
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        for piece in chunk.splitlines(keepends=True):
            text = piece.rstrip(b"\r\n")
            self._append(self._line, text)
            if len(text) < len(piece):
                line = bytes(self._line)
                self._line.clear()
                yield from self._end_of_line(line)
        self._after_cr = self._after_cr or chunk.endswith(b"\r")

    def _without_bom(self, chunk: bytes) -> bytes:
        if self._head is None:
            return chunk
        head = self._head + chunk
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(_BOM)

    def _append(self, kept: bytearray, more: bytes) -> None:
        kept += more[: max(0, self._max_bytes - len(kept))]

    def _end_of_line(self, line: bytes) -> Iterator[Frame | Heartbeat]:
        if not line:
            yield from self._end_of_frame()
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match name:
            case b"":
                yield Heartbeat(value)
            case b"data":
                self._add_data(value)
            case b"event":
                self._event = value.decode(errors="replace")
            case b"id" if b"\0" not in value:
                self._id = value.decode(errors="replace") or None
            case _:
                pass  # `retry` too: we choose the waits

    def _add_data(self, value: bytes) -> None:
        if self._data is None:
            self._data = bytearray()
        else:
            self._append(self._data, b"\n")
        self._append(self._data, value)

    def _end_of_frame(self) -> Iterator[Frame | Heartbeat]:
        event, data = self._event or "message", self._data
        is_named = bool(self._event) or data is not None
        self._event, self._data = "", None
        if data:
            yield Frame(event, bytes(data), self._id)
        elif is_named:
            yield Heartbeat(event.encode())
