"""One topic's Delta table: its files, its offsets, and every commit that Tidemark makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from tidemark.errors import LakeError, SecondDriverError
from tidemark.lake.commit_log import CommitLog
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakeLocation
from tidemark.lake.offsets import LakeOffsets, newest

DAY: Final = "day"
"""The column that tables are partitioned by: the UTC day on which a record arrived."""

_CONFIGURATION: Final = {
    "delta.checkpointInterval": "50",
    "delta.logRetentionDuration": "interval 30 days",
}
_CONFLICTS_LIMIT: Final = 20


@dataclass(frozen=True)
class _Change:
    actions: Sequence[AddAction | RemoveAction]
    offsets: LakeOffsets | None


class LakeTable:
    """A table at one version; refresh() moves to the newest.

    offsets  the next offsets that the table states; None before its first batch
    """

    def __init__(self, location: LakeLocation, topic: str, delta: DeltaTable) -> None:
        self.location = location
        self.topic = topic
        self._delta = delta
        self._read()

    @classmethod
    def find(cls, location: LakeLocation, topic: str) -> Self | None:
        """Return the table; None if there is none. Raise LakeError if it cannot be read."""
        try:
            return cls(
                location,
                topic,
                DeltaTable(location.table_uri(topic), storage_options=location.options),
            )
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise LakeError(
                f"{location.table_uri(topic)} cannot be read as a Delta table: {error}"
            ) from error

    @classmethod
    def make(cls, location: LakeLocation, topic: str, schema: pa.Schema) -> Self:
        """Return the table, created if it is missing; add columns that it lacks, null in older rows."""
        try:
            delta = DeltaTable.create(
                location.table_uri(topic),
                schema,
                partition_by=[DAY],
                mode="ignore",
                configuration=_CONFIGURATION,
                storage_options=location.options,
            )
            table = cls(location, topic, delta)
            table._add_columns(schema)
            table._sync(table.version - 1)
        except (DeltaError, OSError) as error:
            raise LakeError(
                f"{location.table_uri(topic)} cannot be created: {error}; check TIDEMARK_LAKE__PATH"
            ) from error
        return table

    def refresh(self) -> None:
        """Move to the newest version; raise LakeError if the store does not answer, or the table is gone."""
        try:
            self._delta.update_incremental()
            self._read()
        except (DeltaError, OSError) as error:
            raise LakeError(
                f"{self.location.table_uri(self.topic)} can no longer be read: {error}"
            ) from error

    @property
    def version(self) -> int:
        return self._delta.version()

    @property
    def schema(self) -> pa.Schema:
        """Return Arrow's schema, with the column `day`."""
        return pa.schema(self._delta.schema())

    def files(self) -> list[LakeFile]:
        """Return all data files, by day, then in the order of their offsets."""
        return _files(self._delta)

    def history(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the commits, newest first."""
        return self._delta.history(limit)

    def append(
        self, files: Sequence[LakeFile], before: LakeOffsets | None, after: LakeOffsets
    ) -> None:
        """Add files with the records from `before` up to `after`; with no files, state the offsets only.

        Raise SecondDriverError if another driver has moved the table meanwhile.
        """

        def change() -> _Change | None:
            if self.offsets == after:
                return None
            if self.offsets != before:
                raise SecondDriverError(
                    f"another driver writes to {self.location.table_uri(self.topic)}: the table is at {self.offsets}, "
                    f"and this driver left it at {before}; stop one of them"
                )
            return _Change([file.added(data_change=True) for file in files], after)

        self._commit(change)

    def replace(self, old: Sequence[LakeFile], new: Sequence[LakeFile]) -> bool:
        """Replace files by others with the same rows; return False if an old one has been removed meanwhile."""
        done = True

        def change() -> _Change | None:
            nonlocal done
            held = {file.path for file in self.files()}
            if any(file.path not in held for file in old):
                done = False
                return None
            added = [file.added(data_change=False) for file in new]
            removed = [file.removed(data_change=False) for file in old]
            return _Change([*added, *removed], self.offsets)

        self._commit(change)
        return done

    def drop(self, before: date) -> list[LakeFile]:
        """Remove all files of days before `before` from the table, and return them; vacuum() deletes them."""
        dropped: list[LakeFile] = []

        def change() -> _Change | None:
            dropped[:] = [file for file in self.files() if file.day < before]
            removed = [file.removed(data_change=True) for file in dropped]
            return _Change(removed, self.offsets) if removed else None

        self._commit(change)
        return dropped

    def files_at(self, version: int) -> list[LakeFile]:
        """Return all data files of an earlier version."""
        uri = self.location.table_uri(self.topic)
        try:
            return _files(DeltaTable(uri, version, self.location.options))
        except (DeltaError, OSError) as error:
            raise LakeError(f"version {version} of {uri} cannot be read: {error}") from error

    def restore(self, files: Sequence[LakeFile], offsets: LakeOffsets) -> None:
        """Restore the files and offsets of an earlier version, in one commit."""
        wanted = {file.path for file in files}

        def change() -> _Change:
            now = self.files()
            held = {file.path for file in now}
            added = [file.added(data_change=True) for file in files if file.path not in held]
            removed = [file.removed(data_change=True) for file in now if file.path not in wanted]
            return _Change([*added, *removed], offsets)

        self._commit(change)

    def vacuum(self, hours: int) -> int:
        """Delete files that no version of the last `hours` references, and those of killed writers.

        Return how many.
        """
        try:
            gone = self._delta.vacuum(
                retention_hours=hours, dry_run=False, enforce_retention_duration=False, full=True
            )
        except (DeltaError, OSError) as error:
            raise LakeError(
                f"{self.location.table_uri(self.topic)} could not be cleared of old files: {error}"
            ) from error
        return len(gone)

    def _read(self) -> None:
        found = newest(self._delta.history(1))
        self.offsets = found if found is not None else newest(self._delta.history())

    def _commit(self, change: Callable[[], _Change | None]) -> None:
        """Commit what `change` returns for the newest version, calling it again if another commit came between.

        Delta itself would let two appends through, one after the other; the fence must not.
        """
        for _ in range(_CONFLICTS_LIMIT):
            if (wanted := change()) is None:
                return
            if self._try_commit(wanted):
                return
        uri = self.location.table_uri(self.topic)
        raise LakeError(f"{uri}: others commit all the time; stop what writes to it")

    def _try_commit(self, wanted: _Change) -> bool:
        """Commit to the version at hand; return False if another commit came first."""
        version = self.version
        refused = f"{self.location.table_uri(self.topic)} took no commit"
        try:
            self._write(wanted)
        except CommitFailedError as error:
            self.refresh()
            if self.version == version:
                raise LakeError(f"{refused}: {error}") from error
            return False
        except (DeltaError, OSError) as error:
            raise LakeError(f"{refused}: {error}") from error
        self.refresh()
        self._sync(version)
        return True

    def _sync(self, after: int) -> None:
        """Wait until a local disk has the commits after this version: delta-rs does not."""
        if (folder := self.location.folder(self.topic)) is None:
            return
        try:
            log = CommitLog(folder)
            log.sync(range(after + 1, self.version + 1))
            if self.version == 0:
                log.sync_folders()
        except OSError as error:
            raise LakeError(f"{folder}: the disk does not take the table's log: {error}") from error

    def _write(self, wanted: _Change) -> None:
        properties = CommitProperties(max_commit_retries=0)
        if (offsets := wanted.offsets) is not None:
            name = f"tidemark-{self.topic}-{offsets.topic_id}"
            properties.custom_metadata = offsets.metadata()
            properties.app_transactions = [Transaction(name, offsets.total)]
        schema = self._delta.schema()
        self._delta.create_write_transaction(
            list(wanted.actions), "append", schema, [DAY], commit_properties=properties
        )

    def _add_columns(self, schema: pa.Schema) -> None:
        known = set(self.schema.names)
        missing = pa.schema([field for field in schema if field.name not in known])
        if missing.names:
            properties = (
                None if self.offsets is None else CommitProperties(dict(self.offsets.metadata()), 0)
            )
            self._delta.alter.add_columns(_fields(missing), commit_properties=properties)
            self.refresh()


def _fields(schema: pa.Schema) -> list[Any]:
    from deltalake import Schema

    return list(Schema.from_arrow(schema).fields)


def _files(delta: DeltaTable) -> list[LakeFile]:
    rows = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    return sorted(
        (_file(row) for row in rows), key=lambda file: (file.day, file.first_offset, file.path)
    )


def _file(row: dict[str, Any]) -> LakeFile:
    return LakeFile(
        path=row["path"],
        size_bytes=row["size_bytes"],
        day=row[f"partition.{DAY}"],
        rows=row["num_records"],
        first_offset=row.get("min.kafka_offset") or 0,
        last_offset=row.get("max.kafka_offset") or 0,
        first_received_at=row.get("min.received_at"),
        last_received_at=row.get("max.received_at"),
    )
