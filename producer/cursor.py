"""How far a source was read and Kafka has acknowledged it, in one small file."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

from producer.sources.base.signals import Cursor
from producer.sources.base.source import recovery_hint
from tidemark.contracts.coverage import Gap
from tidemark.errors import SetupError


class Position(msgspec.Struct, frozen=True, gc=False):
    """Travels with an event to Kafka, and is saved once that has acknowledged it.

    gap  the one that is open, with its events up to this one: counted further from a later state, events would be
         counted twice after a kill
    """

    cursor: Cursor
    gap: Gap | None = None


class SavedPosition(msgspec.Struct, frozen=True):
    """Where a run stopped: what the file holds. Instants in µs since 1970, UTC.

    cursor          None before the first event
    covered_until   until when the source was covered
    reported_until  until when that was reported
    is_open         whether a gap was reported as open
    sent_at         since when Kafka may have events that come after the cursor; None where that was not kept
    gap             the one that was open at the cursor
    """

    cursor: dict[str, str | int] | None = None
    covered_until: int | None = msgspec.field(default=None, name="heard_at")
    reported_until: int | None = msgspec.field(default=None, name="told_until")
    is_open: bool = False
    sent_at: int | None = None
    gap: Gap | None = None


class CursorFile:
    """FOLDER/NAME.json. A crash at any moment leaves the old one or the new one, never half of
    one."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.json"
        self.covered_until: int | None = None
        """µs: until when the source was covered, also where the cursor was deleted since; None
        where that is unknown. It is in the lock file."""
        self._name = name
        self._saved = SavedPosition()
        self._lock: TextIO | None = None

    def load(self) -> SavedPosition:
        """Return what was last saved. SetupError where the file is no cursor."""
        try:
            found = json.loads(self.path.read_bytes())
            self._saved = position_of(found)
        except FileNotFoundError:
            return SavedPosition()
        except (msgspec.ValidationError, ValueError, RecursionError) as error:
            raise self._no_cursor(str(error)) from None
        return self._saved

    @property
    def saved_at(self) -> int:
        """Return when it was last written, µs; 0 where it never was."""
        return self.path.stat().st_mtime_ns // 1000 if self.path.exists() else 0

    def save(self, position: SavedPosition) -> None:
        """Write it, unless nothing has changed."""
        if position == self._saved:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(position))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self._saved = position
        self._note(position.covered_until)

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
                self.covered_until = int(lock.read(20))
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None

    def _note(self, covered_until: int | None) -> None:
        if self._lock is not None and covered_until is not None:
            self._lock.truncate(0)
            self._lock.write(str(covered_until))
            self._lock.flush()

    def _no_cursor(self, why: str) -> SetupError:
        return SetupError(f"{self.path} is no cursor ({why}); {recovery_hint(self._name)}")


def position_of(found: Any) -> SavedPosition:
    """Return what a file holds, also one of an older version: it was the cursor alone, or lacked
    what was added since; and `heard_at` and the open gap were in the cursor of the source.

    ValueError or msgspec.ValidationError where it is none. What a newer version has added is
    ignored.
    """
    if isinstance(found, dict) and not {"cursor", "heard_at"} <= found.keys():
        found = {"cursor": found, "heard_at": None}
    position = msgspec.convert(found, SavedPosition)
    return position if position.cursor is None else _without_gap(position, position.cursor)


def _without_gap(position: SavedPosition, cursor: dict[str, str | int]) -> SavedPosition:
    """Move what older versions kept in the cursor of the source to where it is now. `heard_at` stays
    there too: some sources resume from it."""
    known = [position.covered_until, int(cursor["heard_at"]) if "heard_at" in cursor else None]
    covered_until = max((at for at in known if at is not None), default=None)
    if "gap" not in cursor:
        return msgspec.structs.replace(position, covered_until=covered_until)
    gap = msgspec.json.decode(str(cursor["gap"]), type=Gap)
    kept = {name: value for name, value in cursor.items() if name != "gap"}
    return SavedPosition(
        kept, covered_until, position.reported_until, position.is_open, position.sent_at, gap
    )
