"""A data file of the lake, as the Delta log lists it."""

import json
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from deltalake.transaction import AddAction, RemoveAction

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class LakeFile:
    """A Parquet file of one day; offsets and instants are the least and greatest in it, over all partitions."""

    path: str
    size_bytes: int
    day: date
    rows: int
    first_offset: int
    last_offset: int
    first_received_at: datetime | None
    last_received_at: datetime | None

    def added(self, *, data_change: bool) -> AddAction:
        now_ms = round(time.time() * 1_000)
        values, stats = self._values(), self._stats()
        return AddAction(self.path, self.size_bytes, values, now_ms, data_change, stats)

    def removed(self, *, data_change: bool) -> RemoveAction:
        now_ms = round(time.time() * 1_000)
        return RemoveAction(self.path, data_change, now_ms, self.size_bytes, self._values())

    def _values(self) -> dict[str, str | None]:
        return {"day": self.day.isoformat()}

    def _stats(self) -> str:
        least: dict[str, object] = {"kafka_offset": self.first_offset}
        greatest: dict[str, object] = {"kafka_offset": self.last_offset}
        if self.first_received_at is not None and self.last_received_at is not None:
            # Delta's statistics have milliseconds: round down the first, up the last.
            least["received_at"] = _delta_instant(self.first_received_at)
            greatest["received_at"] = _delta_instant(self.last_received_at + _MS)
        return json.dumps(
            {"numRecords": self.rows, "minValues": least, "maxValues": greatest, "nullCount": {}}
        )


def _delta_instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1_000:03}Z"
