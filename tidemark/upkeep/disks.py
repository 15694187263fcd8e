"""How full the disks are that we fill, how long they last, and what is to be said of it."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tidemark.settings import DiskSettings, variable

WINDOW_S: Final = 6 * 3_600
SHORTEST_S: Final = 1_800
"""From less, no pace is told: a batch that was merged or a log that was cut would decide it."""

Samples = dict[str, list[tuple[float, int]]]
"""By folder, when how many bytes were free."""


@dataclass(frozen=True)
class Disk:
    """what says which of our folders are on it; folder is one of them."""

    what: str
    folder: str
    size_bytes: int
    free_bytes: int

    @property
    def free_percent(self) -> float:
        return 100 * self.free_bytes / max(self.size_bytes, 1)


def measure(folders: Mapping[str, Path]) -> list[Disk]:
    """The disks of these folders, each once; what does not exist yet will be made in what does."""
    found: dict[int, tuple[Path, list[str]]] = {}
    for name, folder in folders.items():
        there = next(path for path in (folder, *folder.parents) if path.exists())
        found.setdefault(there.stat().st_dev, (there, []))[1].append(name)
    return [_disk(names, folder) for folder, names in found.values()]


def _disk(names: list[str], folder: Path) -> Disk:
    usage = shutil.disk_usage(folder)
    # Not usage.total: part of it is root's alone.
    return Disk(", ".join(names), str(folder), usage.used + usage.free, usage.free)


def warning(disk: Disk, hours_left: float | None, limits: DiskSettings) -> str | None:
    """One line for somebody who was woken up by it; None where there is room."""
    is_low = disk.free_percent < limits.min_free_percent
    if not is_low and (hours_left is None or hours_left >= limits.min_hours):
        return None
    lasts = (
        "" if hours_left is None else f", which lasts {_hours(hours_left)} as fast as it fills now"
    )
    return (
        f"the disk of {disk.what} ({disk.folder}) is {100 - disk.free_percent:.0f} % full: "
        f"{disk.free_bytes / 1e9:,.1f} GB of {disk.size_bytes / 1e9:,.1f} are free{lasts}. "
        "What writes there stops when it is full. `tidemark tables` and `tidemark lake` show what is large; "
        "docs/operate.md, `A disk fills up`, says how to make room "
        f"({variable('disk', 'min_free_percent')} and {variable('disk', 'min_hours')} say when this is told)"
    )


class DiskBook:
    """What was free in the last hours, in a file of the data folder: of this run, of the one
    before, for `status`."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "disks.json"
        self._samples = self._read()

    def add(self, disks: Iterable[Disk], now_s: float) -> None:
        """Raises OSError where the file cannot be written."""
        for disk in disks:
            samples = [*self._samples.get(disk.folder, []), (now_s, disk.free_bytes)]
            self._samples[disk.folder] = [
                sample for sample in samples if now_s - WINDOW_S <= sample[0] <= now_s
            ]
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._samples))
        os.replace(new, self._file)

    def hours_left(self, disk: Disk, now_s: float) -> float | None:
        """At the pace of the last hours; None where that is not known, or nothing is filled up."""
        samples = [
            sample
            for sample in self._samples.get(disk.folder, [])
            if now_s - WINDOW_S <= sample[0] <= now_s
        ]
        since_s, free_bytes = min(samples, default=(now_s, 0))
        filled = free_bytes - disk.free_bytes
        if now_s - since_s < SHORTEST_S or filled <= 0:
            return None
        return disk.free_bytes / filled * (now_s - since_s) / 3_600

    def _read(self) -> Samples:
        try:
            found = json.loads(self._file.read_bytes())
            return {
                folder: [(float(at), int(free)) for at, free in samples]
                for folder, samples in found.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # none yet, or of a disk that was full


def _hours(hours: float) -> str:
    return (
        f"{hours * 60:.0f} minutes"
        if hours < 1
        else f"{hours:.0f} hours"
        if hours < 72
        else f"{hours / 24:.0f} days"
    )
