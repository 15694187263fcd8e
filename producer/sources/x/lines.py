"""The lines of X's stream, read within bounds."""

import logging
from collections.abc import Iterator
from typing import Any, Final

import requests
import urllib3

log = logging.getLogger(__name__)

MAX_LINE_BYTES: Final = 4 << 20
"""Kafka takes a quarter of it. A longer line is no post."""
_CHUNK_BYTES: Final = 64 << 10


class LineResponse(requests.Response):
    """An answer whose lines end with LF or CRLF; one that is too long is left out, counted, and is
    not the end.

    requests' own iter_lines looks over what it has of a line again with each piece, and never gives
    up on one.
    """

    def __init__(self, response: requests.Response) -> None:
        super().__init__()
        vars(self).update(vars(response))
        self.left_out = 0
        """How many lines were too long."""

    def iter_lines(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        """Yield lines without their ends, as they come; an empty one for each keep-alive."""
        line = bytearray()
        is_too_long = False
        for chunk in self._chunks():
            *ended, rest = chunk.split(b"\n")
            for piece in ended:
                line += piece
                if is_too_long or len(line) > MAX_LINE_BYTES:
                    self._leave_out()
                else:
                    yield bytes(line.removesuffix(b"\r"))
                line.clear()
                is_too_long = False
            line += rest
            if is_too_long or len(line) > MAX_LINE_BYTES:
                line.clear()
                is_too_long = True
        if line:
            yield bytes(line)

    def _leave_out(self) -> None:
        self.left_out += 1
        log.warning(
            "line too long; skipped",
            extra={"over_bytes": MAX_LINE_BYTES, "left_out": self.left_out},
        )

    def _chunks(self) -> Iterator[bytes]:
        try:
            while chunk := self.raw.read1(_CHUNK_BYTES, decode_content=True):
                yield chunk
        except urllib3.exceptions.DecodeError as error:
            raise requests.ConnectionError(
                error, response=self
            ) from error  # tweepy would take it for the end of all
