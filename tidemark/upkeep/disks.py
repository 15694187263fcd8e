"""How full the disks are that Tidemark fills, how long they will last, and the warning about it."""

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
"""Over less time no rate is computed: one merged batch or one truncated log would decide it."""

Samples = dict[str, list[tuple[float, int]]]
"""By folder: (seconds since 1970, bytes that were free)."""


@dataclass(frozen=True)
class Disk:
    """A disk: `what` names the folders that are on it, `folder` is one of them."""

    what: str
    folder: str
    size_bytes: int
    free_bytes: int

    @property
    def free_percent(self) -> float:
        return 100 * self.free_bytes / max(self.size_bytes, 1)


def measure(folders: Mapping[str, Path]) -> list[Disk]:
    """Return the disks of these folders, each once; for a folder that does not exist, that of its nearest parent."""
    folder_of: dict[int, Path] = {}
    names_of: dict[int, list[str]] = {}
    for name, folder in folders.items():
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        device = existing.stat().st_dev
        folder_of.setdefault(device, existing)
        names_of.setdefault(device, []).append(name)
    return [_disk(names_of[device], folder) for device, folder in folder_of.items()]


def _disk(names: list[str], folder: Path) -> Disk:
    usage = shutil.disk_usage(folder)
    # Not usage.total: part of it is root's alone.
    return Disk(", ".join(names), str(folder), usage.used + usage.free, usage.free)


def warning(disk: Disk, hours_left: float | None, limits: DiskSettings) -> str | None:
    """Return a line for the person on call; None if there is room."""
    is_low = disk.free_percent < limits.min_free_percent
    if not is_low and (hours_left is None or hours_left >= limits.min_hours):
        return None
    lasts = "" if hours_left is None else f", enough for {_hours(hours_left)} at the present rate"
    return (
        f"the disk of {disk.what} ({disk.folder}) is {100 - disk.free_percent:.0f} % full: "
        f"{disk.free_bytes / 1e9:,.1f} GB of {disk.size_bytes / 1e9:,.1f} are free{lasts}. "
        "What writes there stops when it is full. `tidemark tables` and `tidemark lake` show what is large; "
        "docs/operate.md, `A disk fills up`, says how to make room "
        f"({variable('disk', 'min_free_percent')} and {variable('disk', 'min_hours')} set when this is reported)"
    )


class DiskBook:
    """The free space of the last hours, in a file of the data folder, which outlasts a run; `status` reads it too."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "disks.json"
        self._samples = self._read()

    def add(self, disks: Iterable[Disk], now_s: float) -> None:
        """Add what is free now; raise OSError if the file cannot be written."""
        for disk in disks:
            recent = self._recent(disk, now_s)
            self._samples[disk.folder] = [*recent, (now_s, disk.free_bytes)]
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._samples))
        os.replace(new, self._file)

    def hours_left(self, disk: Disk, now_s: float) -> float | None:
        """Return the hours until the disk is full at the rate of the last hours; None if unknown, or not filling."""
        since_s, free_bytes = min(self._recent(disk, now_s), default=(now_s, 0))
        passed_s = now_s - since_s
        filled_bytes = free_bytes - disk.free_bytes
        if passed_s < SHORTEST_S or filled_bytes <= 0:
            return None
        bytes_per_s = filled_bytes / passed_s
        return disk.free_bytes / bytes_per_s / 3_600

    def _recent(self, disk: Disk, now_s: float) -> list[tuple[float, int]]:
        samples = self._samples.get(disk.folder, [])
        return [sample for sample in samples if now_s - WINDOW_S <= sample[0] <= now_s]

    def _read(self) -> Samples:
        try:
            found = json.loads(self._file.read_bytes())
            return {
                folder: [(float(at), int(free)) for at, free in samples]
                for folder, samples in found.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # no file yet, or one that a full disk cut short


def _hours(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"
