"""How far a source was read and Kafka has acknowledged it, in one small file."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

import msgspec

from producer.sources.base import Cursor, anew
from tidemark.errors import SetupError


class Left(NamedTuple):
    """Where a run left off.

    cursor      None before the first event
    heard_at    µs since 1970, UTC: until when the source was heard
    told_until  µs: until when that was told
    is_open     whether a gap was
    sent_at     µs: since when Kafka may have events that come after the cursor; None where that was not kept
    """

    cursor: Cursor | None = None
    heard_at: int | None = None
    told_until: int | None = None
    is_open: bool = False
    sent_at: int | None = None

    @property
    def after(self) -> Cursor | None:
        """The cursor, which knows when its event came; that the source was heard and quiet since,
        it is told here."""
        if self.cursor is None or self.heard_at is None or "heard_at" not in self.cursor:
            return self.cursor
        return {**self.cursor, "heard_at": max(self.heard_at, int(self.cursor["heard_at"]))}


class _Written(msgspec.Struct):
    """The file. What a newer version has added is passed over."""

    heard_at: int | None
    cursor: dict[str, str | int] | None
    told_until: int | None = None
    is_open: bool = False
    sent_at: int | None = None


class CursorFile:
    """FOLDER/NAME.json. A crash at any moment leaves the old one or the new one, never half of
    one."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.json"
        self.heard_until: int | None = None
        """µs: until when the source was heard, also where the cursor was deleted since; None where
        that is unknown. The file that holds the cursor tells."""
        self._name = name
        self._saved = Left()
        self._lock: TextIO | None = None

    def load(self) -> Left:
        """What was last saved. SetupError where the file is no cursor."""
        try:
            found = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return Left()
        except (ValueError, RecursionError) as error:
            raise self._no_cursor(str(error)) from None
        # One of an older version is the cursor alone, or lacks what was added since.
        if isinstance(found, dict) and not {"cursor", "heard_at"} <= found.keys():
            found = {"cursor": found, "heard_at": None}
        try:
            self._saved = Left(**msgspec.structs.asdict(msgspec.convert(found, _Written)))
            int((self._saved.cursor or {}).get("heard_at", 0))
        except (msgspec.ValidationError, ValueError) as error:
            raise self._no_cursor(str(error)) from None
        return self._saved

    @property
    def saved_at(self) -> int:
        """µs: when it was last written; 0 where it never was."""
        return self.path.stat().st_mtime_ns // 1000 if self.path.exists() else 0

    def save(self, left: Left) -> None:
        if left == self._saved:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        with draft.open("w") as file:
            json.dump(left._asdict(), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self._saved = left
        self._note(left.heard_at)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the cursor for this process; SetupError where another holds it, which would send all
        twice."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SetupError(
                    f"another producer holds {self.path}; stop it first, or set another TIDEMARK_DATA_DIR"
                ) from None
            lock.seek(0)
            with contextlib.suppress(ValueError):  # empty, or of an older version
                self.heard_until = int(lock.read(20))
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None

    def _note(self, heard_at: int | None) -> None:
        if self._lock is not None and heard_at is not None:
            self._lock.truncate(0)
            self._lock.write(str(heard_at))
            self._lock.flush()

    def _no_cursor(self, why: str) -> SetupError:
        return SetupError(f"{self.path} is no cursor ({why}); {anew(self._name)}")
