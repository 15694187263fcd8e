"""How far a source was read and Kafka has acknowledged it, in one small file."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from producer.sources.base import Cursor
from tidemark.errors import SetupError


class CursorFile:
    """FOLDER/NAME.json. A crash at any moment leaves the old cursor or the new one, never half of one."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.json"
        self._saved: Cursor | None = None

    def load(self) -> Cursor | None:
        """The cursor last saved; None before the first. SetupError where the file is no cursor."""
        try:
            cursor = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise SetupError(f"{self.path} is no cursor ({error}); delete it to start from the beginning") from None
        if not isinstance(cursor, dict):
            raise SetupError(f"{self.path} is no cursor; delete it to start from the beginning")
        self._saved = cursor
        return cursor

    def save(self, cursor: Cursor) -> None:
        if cursor == self._saved:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        with draft.open("w") as file:
            json.dump(cursor, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self._saved = cursor

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
