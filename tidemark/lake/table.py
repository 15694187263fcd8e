"""One topic's Delta table: what it holds, and the only way that anything of ours is committed to
it."""

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
from tidemark.lake.location import LakePlace
from tidemark.lake.offsets import Reach, newest

DAY: Final = "day"
"""The column that tables are partitioned by: the UTC day on which a record arrived."""

_CONFIGURATION: Final = {
    "delta.checkpointInterval": "50",
    "delta.logRetentionDuration": "interval 30 days",
}
_CONFLICTS_LIMIT: Final = 20


@dataclass(frozen=True)
class _Change:
    actions: list[AddAction | RemoveAction]
    reach: Reach | None


class LakeTable:
    """A table at one version; refresh() moves on to the newest."""

    def __init__(self, place: LakePlace, topic: str, delta: DeltaTable) -> None:
        self.place = place
        self.topic = topic
        self._delta = delta
        self._read()

    @classmethod
    def find(cls, place: LakePlace, topic: str) -> Self | None:
        """None where there is no such table; LakeError where there is one that cannot be read."""
        try:
            return cls(
                place, topic, DeltaTable(place.table_uri(topic), storage_options=place.options)
            )
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise LakeError(
                f"{place.table_uri(topic)} cannot be read as a Delta table: {error}"
            ) from error

    @classmethod
    def make(cls, place: LakePlace, topic: str, schema: pa.Schema) -> Self:
        """The table, made if it is missing; columns that it lacks are added, and null in older
        rows."""
        try:
            delta = DeltaTable.create(
                place.table_uri(topic),
                schema,
                partition_by=[DAY],
                mode="ignore",
                configuration=_CONFIGURATION,
                storage_options=place.options,
            )
            table = cls(place, topic, delta)
            table._add_columns(schema)
            table._sync(table.version - 1)
        except (DeltaError, OSError) as error:
            raise LakeError(
                f"{place.table_uri(topic)} cannot be made: {error}; check TIDEMARK_LAKE__PATH"
            ) from error
        return table

    def refresh(self) -> None:
        """LakeError where the store does not answer, or the table is gone."""
        try:
            self._delta.update_incremental()
            self._read()
        except (DeltaError, OSError) as error:
            raise LakeError(
                f"{self.place.table_uri(self.topic)} can no longer be read: {error}"
            ) from error

    @property
    def version(self) -> int:
        return self._delta.version()

    @property
    def schema(self) -> pa.Schema:
        """Arrow's, the day among it."""
        return pa.schema(self._delta.schema())

    def files(self) -> list[LakeFile]:
        """All data files, by day and then as they were written."""
        return _files(self._delta)

    def history(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Commits, newest first."""
        return self._delta.history(limit)

    def append(self, files: Sequence[LakeFile], before: Reach | None, after: Reach) -> None:
        """Add files of records from `before` up to `after`, or none, to say that the table has come
        so far.

        SecondDriverError where another has moved the table meanwhile.
        """

        def change() -> _Change | None:
            if self.reach == after:
                return None
            if self.reach != before:
                raise SecondDriverError(
                    f"another driver writes to {self.place.table_uri(self.topic)}: it has come to {self.reach}, and "
                    f"this one left it at {before}; stop one of them"
                )
            return _Change([file.added(data_change=True) for file in files], after)

        self._commit(change)

    def replace(self, old: Sequence[LakeFile], new: Sequence[LakeFile]) -> bool:
        """Put files with the same rows in the place of others; False where one of these has gone
        meanwhile."""
        done = True

        def change() -> _Change | None:
            nonlocal done
            if not {file.path for file in old} <= {file.path for file in self.files()}:
                done = False
                return None
            added = [file.added(data_change=False) for file in new]
            return _Change([*added, *(file.removed(data_change=False) for file in old)], self.reach)

        self._commit(change)
        return done

    def drop(self, before: date) -> list[LakeFile]:
        """Remove all files of earlier days; says which. vacuum() deletes them."""
        dropped: list[LakeFile] = []

        def change() -> _Change | None:
            dropped[:] = [file for file in self.files() if file.day < before]
            return (
                _Change([file.removed(data_change=True) for file in dropped], self.reach)
                if dropped
                else None
            )

        self._commit(change)
        return dropped

    def files_at(self, version: int) -> list[LakeFile]:
        """Return all data files of an earlier version."""
        uri = self.place.table_uri(self.topic)
        try:
            return _files(DeltaTable(uri, version, self.place.options))
        except (DeltaError, OSError) as error:
            raise LakeError(f"version {version} of {uri} cannot be read: {error}") from error

    def go_back(self, files: Sequence[LakeFile], reach: Reach) -> None:
        """Hold the files of an earlier version and no others, and say that it has come so far, in
        one commit."""

        def change() -> _Change:
            held, wanted = ({file.path: file for file in some} for some in (self.files(), files))
            added = [
                file.added(data_change=True) for path, file in wanted.items() if path not in held
            ]
            removed = [
                file.removed(data_change=True) for path, file in held.items() if path not in wanted
            ]
            return _Change([*added, *removed], reach)

        self._commit(change)

    def vacuum(self, hours: int) -> int:
        """Delete files that no version of the last `hours` names, and what killed writers left; how
        many."""
        try:
            gone = self._delta.vacuum(
                retention_hours=hours, dry_run=False, enforce_retention_duration=False, full=True
            )
        except (DeltaError, OSError) as error:
            raise LakeError(
                f"{self.place.table_uri(self.topic)} could not be cleared of old files: {error}"
            ) from error
        return len(gone)

    def _read(self) -> None:
        found = newest(self._delta.history(1))
        self.reach = found if found is not None else newest(self._delta.history())

    def _commit(self, change: Callable[[], _Change | None]) -> None:
        """Commit what `change` says of the newest version, and of no other: it is asked again where
        one came between.

        Delta itself would let two appends through, one after the other; the fence must not.
        """
        for _ in range(_CONFLICTS_LIMIT):
            if (wanted := change()) is None:
                return
            version = self.version
            try:
                self._write(wanted)
            except CommitFailedError as error:
                self.refresh()
                if self.version == version:
                    raise LakeError(
                        f"{self.place.table_uri(self.topic)} took no commit: {error}"
                    ) from error
            except (DeltaError, OSError) as error:
                raise LakeError(
                    f"{self.place.table_uri(self.topic)} took no commit: {error}"
                ) from error
            else:
                self.refresh()
                self._sync(version)
                return
        raise LakeError(
            f"{self.place.table_uri(self.topic)}: others commit all the time; stop what writes to it"
        )

    def _sync(self, after: int) -> None:
        """Wait until a local disk has what was committed after this version: delta-rs does not."""
        if (folder := self.place.folder(self.topic)) is None:
            return
        try:
            log = CommitLog(folder)
            log.sync(range(after + 1, self.version + 1))
            if self.version == 0:
                log.sync_folders()
        except OSError as error:
            raise LakeError(f"{folder}: the disk does not take the table's log: {error}") from error

    def _write(self, wanted: _Change) -> None:
        reach = wanted.reach
        transactions = (
            None
            if reach is None
            else [Transaction(f"tidemark-{self.topic}-{reach.topic_id}", reach.total)]
        )
        self._delta.create_write_transaction(
            wanted.actions,
            "append",
            self._delta.schema(),
            [DAY],
            commit_properties=CommitProperties(
                custom_metadata=None if reach is None else dict(reach.metadata()),
                max_commit_retries=0,
                app_transactions=transactions,
            ),
        )

    def _add_columns(self, schema: pa.Schema) -> None:
        known = set(self.schema.names)
        missing = pa.schema([field for field in schema if field.name not in known])
        if missing.names:
            properties = (
                None if self.reach is None else CommitProperties(dict(self.reach.metadata()), 0)
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
