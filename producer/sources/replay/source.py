"""Recorded posts from a file, as fast as they came, faster, or as fast as it goes."""

import hashlib
import logging
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, ClassVar, Final, NamedTuple

from producer.clock import Clock
from producer.sources.base.signals import QUIET, Cursor, Item, Signal
from producer.sources.base.source import IDLE_S, reading_cursor
from producer.sources.replay.json_values import MAX_BYTES, Values
from producer.sources.replay.pages import records_of
from producer.sources.replay.recording import BOM, is_of_lines, open_recording
from producer.sources.replay.shapes import Shape, written_at_us
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic
from tidemark.errors import SettingsError, SourceError
from tidemark.settings import Settings, variable

log = logging.getLogger(__name__)

_HEAD_BYTES: Final = 64 << 10
_LONGEST_SILENCE_S: Final = 60


class _Place(NamedTuple):
    """Between two documents of the unpacked file.

    line    how many lines, or values, come before
    inside  whether it is within an array; None in a file of lines
    """

    line: int
    byte: int
    inside: int | None = None


class _Stopped(NamedTuple):
    """Where a run stopped; read_records: of the document behind the place."""

    place: _Place
    read_records: int
    head_bytes: int
    head_sha256: str

    @classmethod
    def of(cls, cursor: Cursor) -> "_Stopped":
        inside = int(cursor["inside"]) if "inside" in cursor else None
        place = _Place(int(cursor["line"]), int(cursor["byte"]), inside)
        head_bytes, read_records = int(cursor["head_bytes"]), int(cursor.get("taken", 0))
        if min(place.line, place.byte, head_bytes, read_records) < 0:
            raise ValueError("a place before the beginning")
        return cls(place, read_records, head_bytes, str(cursor["head_sha256"]))


class Replay:
    """Plays a file once, from where it was left, and ends: an event a post, be it a line, a value,
    or one of a page.

    speed 1 keeps the pauses between the times at which the posts were written, 10 makes them ten
    times shorter, 0 leaves them out. A post that is older than one before it, or does not tell,
    follows at once; a silence of more than a minute is cut to one.
    """

    name: ClassVar[str] = "replay"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, path: Path, clock: Clock, *, speed: float = 0) -> None:
        self._path = path
        self._clock = clock
        self._speed = speed
        self._file: BinaryIO | None = None

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> "Replay":
        path = settings.replay.file
        if path is None:
            raise SettingsError(
                f"{variable('replay', 'file')} is not set; name a file of JSON, plain or packed by gzip"
            )
        return cls(path, clock, speed=settings.replay.speed)

    def events(self, after: Cursor | None) -> Iterator[Signal]:
        """Yield what Source describes."""
        head = self._head()
        pace = _Pace(self._clock, self._speed)
        with reading_cursor(self.name):
            left = None if after is None else _Stopped.of(after)
        read_records = 0 if left is None else left.read_records
        for document, before, behind in self._documents(left):
            records = records_of(document)
            for number, (payload, shape) in enumerate(records[read_records:], read_records + 1):
                while pace.is_early(shape):
                    yield QUIET
                event = Event(
                    payload, shape.source, self._clock.now_us(), shape.key, shape.event_id
                )
                place = _at(behind) if number == len(records) else _at(before, number)
                yield Item(event, {**place, **head})
            read_records = 0

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _head(self, size_bytes: int = _HEAD_BYTES) -> dict[str, str | int]:
        """Return what distinguishes this file from others, however much is appended to it."""
        with self._reading(), self._path.open("rb") as file:
            head = file.read(size_bytes)
        return {"head_bytes": len(head), "head_sha256": hashlib.sha256(head).hexdigest()}

    def _documents(self, left: _Stopped | None) -> Iterator[tuple[bytes, _Place, _Place]]:
        """Yield each with the places before and behind it."""
        if left is not None and self._head(left.head_bytes)["head_sha256"] != left.head_sha256:
            raise self._changed(left.place.line)
        with self._reading():
            self._file, text_byte = open_recording(self._path)
            place = (
                self._begin(self._file, text_byte)
                if left is None
                else self._left_at(self._file, left.place)
            )
            self._file.seek(place.byte)
            yield from (
                _lines(self._file, place) if place.inside is None else _values(self._file, place)
            )

    def _begin(self, file: BinaryIO, text_byte: int) -> _Place:
        return _Place(0, text_byte, None if is_of_lines(file, text_byte) else 0)

    def _left_at(self, file: BinaryIO, place: _Place) -> _Place:
        file.seek(max(place.byte - 1, 0))
        if not file.read(1):
            raise self._changed("that it does not reach")
        log.info(
            "resuming the recording",
            extra={"source": self.name, "file": self._path, "after_line": place.line},
        )
        return place

    def _changed(self, line_number: str | int) -> SourceError:
        return SourceError(
            f"{self._path} is not, or no longer, the file that was left after line {line_number}; set "
            f"{variable('replay', 'file')} back, or delete cursors/{self.name}.json in the data folder to start anew"
        )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise SourceError(
                f"{self._path} cannot be read: {error}; what came before was sent, check the file"
            ) from error


def _lines(file: BinaryIO, place: _Place) -> Iterator[tuple[bytes, _Place, _Place]]:
    """Yield lines that are not blank, without their ends; one over MAX_BYTES comes in pieces, which
    are refused."""
    for line in iter(partial(file.readline, MAX_BYTES), b""):
        behind = _Place(place.line + 1, place.byte + len(line))
        payload = line.rstrip(b"\r\n").removeprefix(
            BOM
        )  # of a file that was put behind another, too
        if payload.strip():
            yield payload, place, behind
        place = behind


def _values(file: BinaryIO, place: _Place) -> Iterator[tuple[bytes, _Place, _Place]]:
    for value in Values(file, byte=place.byte, inside=place.inside or 0):
        behind = _Place(place.line + 1, value.byte, value.inside)
        yield value.text, place, behind
        place = behind


def _at(place: _Place, read_records: int = 0) -> dict[str, str | int]:
    """Return the place as a part of the cursor; read_records: how many records of the document behind it
    were read."""
    cursor: dict[str, str | int] = {"line": place.line, "byte": place.byte}
    if place.inside is not None:
        cursor["inside"] = place.inside
    if read_records:
        cursor["taken"] = read_records
    return cursor


class _Pace:
    """Says whether a post is early, and waits a little where it is."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._due_s = clock.elapsed_s()
        self._latest_us: int | None = None

    def is_early(self, shape: Shape) -> bool:
        if not self._speed:
            return False
        self._move_to(written_at_us(shape))
        early_s = self._due_s - self._clock.elapsed_s()
        if early_s > 0:
            self._clock.sleep(min(early_s, IDLE_S))
        return early_s > 0

    def _move_to(self, at_us: int | None) -> None:
        """Shorten a long silence, and start again after a far step back: one wrong time must not stall
        the rest."""
        if at_us is None:
            return
        silence_s = (
            0.0 if self._latest_us is None else (at_us - self._latest_us) / 1_000_000 / self._speed
        )
        self._due_s += min(max(silence_s, 0), _LONGEST_SILENCE_S)
        if silence_s >= 0 or silence_s < -_LONGEST_SILENCE_S:
            self._latest_us = at_us
