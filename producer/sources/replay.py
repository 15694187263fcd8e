"""Recorded payloads from a file of JSON lines, as fast as they came, faster, or as fast as it goes."""

import gzip
import hashlib
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, ClassVar, Final, cast

from producer.clock import Clock
from producer.sources.base import IDLE_S, Cursor
from producer.sources.shapes import Shape, shape_of, written_at_us
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic
from tidemark.errors import SettingsError, SourceError
from tidemark.settings import Settings, variable

log = logging.getLogger(__name__)

_HEAD_BYTES: Final = 64 << 10
_MAX_LINE_BYTES: Final = 16 << 20
"""A file without line ends must not fill the memory; pieces this large are refused anyway."""
_LONGEST_SILENCE_S: Final = 60


class Replay:
    """Plays a file once, from where it was left, and ends.

    speed 1 keeps the pauses between the times at which the posts were written, 10 makes them ten times shorter,
    0 leaves them out. A post that is older than one before it, or does not tell, follows at once; a silence of more
    than a minute is cut to one.
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
            raise SettingsError(f"{variable('replay', 'file')} is not set; name a file of JSON lines, plain or .gz")
        return cls(path, clock, speed=settings.replay.speed)

    def events(self, after: Cursor | None) -> Iterator[tuple[Event, Cursor] | None]:
        head = self._head()
        line_number, offset_bytes = self._left_at(after)
        pace = _Pace(self._clock, self._speed)
        for line in self._lines(offset_bytes):
            line_number += 1
            offset_bytes += len(line)
            payload = line.rstrip(b"\r\n")
            if not payload:
                continue
            shape = shape_of(payload)
            while pace.is_early(shape):
                yield None
            event = Event(payload, shape.source, self._clock.now_us(), shape.key, shape.event_id)
            yield event, {"line": line_number, "byte": offset_bytes, **head}

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _head(self, size_bytes: int = _HEAD_BYTES) -> dict[str, str | int]:
        """What tells this file from others, however much is added at its end."""
        with self._reading(), self._path.open("rb") as file:
            head = file.read(size_bytes)
        return {"head_bytes": len(head), "head_sha256": hashlib.sha256(head).hexdigest()}

    def _left_at(self, after: Cursor | None) -> tuple[int, int]:
        if after is None:
            return 0, 0
        if self._head(int(after["head_bytes"]))["head_sha256"] != after["head_sha256"]:
            raise self._changed(after["line"])
        log.info("resuming", extra={"source": self.name, "file": self._path, "after_line": after["line"]})
        return int(after["line"]), int(after["byte"])

    def _changed(self, line_number: str | int) -> SourceError:
        return SourceError(
            f"{self._path} is not, or no longer, the file that was left after line {line_number}; set "
            f"{variable('replay', 'file')} back, or delete cursors/{self.name}.json in the data folder to start anew"
        )

    def _lines(self, offset_bytes: int) -> Iterator[bytes]:
        with self._reading():
            self._file = file = _open(self._path)
            if offset_bytes:
                file.seek(offset_bytes - 1)
                if not file.read(1):
                    raise self._changed("that it does not reach")
            yield from iter(partial(file.readline, _MAX_LINE_BYTES), b"")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(
                f"{self._path} cannot be read: {error}; what came before was sent, check the file"
            ) from error


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


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
        """A longer silence is cut short, and a far step back starts anew: one wrong time must not stall the rest."""
        if at_us is None:
            return
        silence_s = 0.0 if self._latest_us is None else (at_us - self._latest_us) / 1_000_000 / self._speed
        self._due_s += min(max(silence_s, 0), _LONGEST_SILENCE_S)
        if silence_s >= 0 or silence_s < -_LONGEST_SILENCE_S:
            self._latest_us = at_us
