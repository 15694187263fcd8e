"""JSON values that follow one another in a file, or as the elements of an array, cut apart by their
brackets.

Nothing is decoded: each value stays as its bytes are, also one that is no good JSON between its
brackets.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

MAX_BYTES: Final = 16 << 20
"""Of a longer value only so much is given: memory is bounded, and Kafka takes far less."""
_CHUNK_BYTES: Final = 256 << 10
# Possessive, so that no text makes them go back over what they have read.
_BETWEEN: Final = re.compile(rb"[\s,\x1e]*+")
_SCALAR: Final = re.compile(rb"[^\n,\[\]{}]*+")
_IN_STRING: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BETWEEN_BRACKETS: Final = re.compile(
    rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+', re.DOTALL
)


class Brackets:
    """Finds the bracket that closes a value, over texts that continue one another."""

    def __init__(self) -> None:
        self.in_string = False
        """Whether what was read ends within a string."""
        self._depth = 0

    def end(self, text: bytes | bytearray, at: int = 0) -> tuple[int, bool]:
        """Read on from `at`; return the place behind the closing bracket and True, or how far was
        read and False."""
        while at < len(text):
            if self.in_string:
                at = _end(_IN_STRING, text, at)
                if at == len(text) or text[at] != ord('"'):
                    break
                at += 1
                self.in_string = False
                continue
            at = _end(_BETWEEN_BRACKETS, text, at)
            mark = text[at : at + 1]
            at += len(mark)
            if mark == b'"':
                self.in_string = True
            elif mark:
                self._depth += 1 if mark in b"{[" else -1
                if self._depth <= 0:
                    return at, True
        return at, False


class Value(NamedTuple):
    """byte: where what follows the value begins; inside: 1 where that is in an array, 0 where it is
    not."""

    text: bytes
    byte: int
    inside: int


class Values:
    """Reads values from where the file stands, one after the other; an array gives its elements as
    values.

    byte and inside are those of the value before, so that reading goes on behind it.
    """

    def __init__(self, file: BinaryIO, *, byte: int = 0, inside: int = 0) -> None:
        self._file = file
        self._byte = byte
        self._inside = inside
        self._text = bytearray()
        self._at = 0

    def __iter__(self) -> Iterator[Value]:
        while mark := self._next_mark():
            if mark in b"[]" and (mark == b"[") != bool(self._inside):
                self._inside = 1 - self._inside
                self._at += 1
                continue
            self._drop()
            text = self._bracketed() if mark in b"{[" else self._scalar()
            yield Value(text, self._byte + self._at, self._inside)

    def _next_mark(self) -> bytes:
        """Return the first byte that is no separator; none at the end of the file."""
        while True:
            self._at = _end(_BETWEEN, self._text, self._at)
            if self._at < len(self._text):
                return bytes(self._text[self._at : self._at + 1])
            self._drop()
            if not self._read():
                return b""

    def _bracketed(self) -> bytes:
        """Read up to its last bracket, or to the end of the file where that is missing."""
        brackets, kept = Brackets(), b""
        while True:
            self._at, is_closed = brackets.end(self._text, self._at)
            if self._at > MAX_BYTES and not is_closed:
                kept = kept or bytes(self._text[:MAX_BYTES])
                self._drop()
            if not is_closed and not self._read():
                self._at = len(self._text)
                is_closed = True
            if is_closed:
                return kept or bytes(self._text[: min(self._at, MAX_BYTES)])

    def _scalar(self) -> bytes:
        """Return a number, a word, or what else stands there, up to what may end it."""
        self._at = 1
        while True:
            self._at = _end(_SCALAR, self._text, self._at)
            if self._at < len(self._text) or self._at > MAX_BYTES or not self._read():
                return bytes(self._text[: self._at]).rstrip()

    def _read(self) -> bool:
        chunk = self._file.read(_CHUNK_BYTES)
        self._text += chunk
        return bool(chunk)

    def _drop(self) -> None:
        """Forget what was read."""
        del self._text[: self._at]
        self._byte += self._at
        self._at = 0


def _end(pattern: re.Pattern[bytes], text: bytes | bytearray, at: int) -> int:
    """Return where the longest match that begins at `at` ends; these patterns match nothing as
    well."""
    found = pattern.match(text, at)
    return at if found is None else found.end()
