"""How far a source was read and Kafka has acknowledged it, in one small file."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from producer.sources.base import Cursor
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
        """The cursor, which knows when its event came; that the source was heard and quiet since, it is told here."""
        if self.cursor is None or self.heard_at is None or "heard_at" not in self.cursor:
            return self.cursor
        return {**self.cursor, "heard_at": max(self.heard_at, int(self.cursor["heard_at"]))}


class CursorFile:
    """FOLDER/NAME.json. A crash at any moment leaves the old one or the new one, never half of one."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.json"
        self._saved = Left()

    def load(self) -> Left:
        """What was last saved. SetupError where the file is no cursor."""
        try:
            found = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return Left()
        except ValueError as error:
            raise self._no_cursor(f" ({error})") from None
        if not isinstance(found, dict):
            raise self._no_cursor()
        # One of an older version is the cursor alone, or lacks what was added since.
        self._saved = Left(**found) if {"cursor", "heard_at"} <= found.keys() <= set(Left._fields) else Left(found)
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

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the cursor for this process; SetupError where another holds it, which would send all twice."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SetupError(
                    f"another producer holds {self.path}; stop it first, or set another TIDEMARK_DATA_DIR"
                ) from None
            yield

    def _no_cursor(self, why: str = "") -> SetupError:
        return SetupError(f"{self.path} is no cursor{why}; delete it to start from the beginning")
