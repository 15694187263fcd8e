"""Checks the disks, and warns before one is full."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tidemark import mysql
from tidemark.errors import TidemarkError
from tidemark.lake.location import lake_location
from tidemark.settings import Settings
from tidemark.upkeep.disks import Disk, DiskBook, measure, warning

logger = logging.getLogger(__name__)

AGAIN_S: Final = 3_600
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class Guard:
    """Warns when a disk runs low, repeats it once an hour, and logs when there is room again."""

    def __init__(
        self,
        settings: Settings,
        look: Callable[[Settings], list[Disk]] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._look = look or seen_disks
        self._now = now
        self._book = DiskBook(settings.data_dir)
        self._warned: dict[str, float] = {}

    def look(self) -> None:
        """Measure all disks once; raise OSError if one cannot be measured."""
        now_s, disks = self._now(), self._look(self._settings)
        for disk in disks:
            problem = warning(disk, self._book.hours_left(disk, now_s), self._settings.disk)
            if problem is None:
                if self._warned.pop(disk.folder, None) is not None:
                    logger.info(
                        "disk no longer low",
                        extra={"disk": disk.folder, "free_bytes": disk.free_bytes},
                    )
            elif now_s - self._warned.get(disk.folder, float("-inf")) >= AGAIN_S:
                self._warned[disk.folder] = now_s
                logger.warning(problem)
        self._book.add(disks, now_s)


def seen_disks(settings: Settings) -> list[Disk]:
    """Return the disks of this machine that Tidemark fills, and the system's (in a container: Docker's)."""
    folders = {"the data folder": settings.data_dir.absolute()}
    place = lake_location(settings)
    if place is not None and place.is_local:
        folders["the lake"] = Path(place.uri)
    if (folder := _mysql_folder(settings)) is not None:
        folders["MySQL"] = folder
    return measure(folders | {"the system": Path("/")})


def unseen_disks(settings: Settings) -> list[str]:
    """Return the servers whose disks cannot be seen from here."""
    unseen = []
    if _mysql_folder(settings) is None:
        unseen.append(f"MySQL at {settings.mysql.host}:{settings.mysql.port}")
    if settings.kafka.bootstrap.rpartition(":")[0] not in LOOPBACK:
        unseen.append(f"Kafka at {settings.kafka.bootstrap}")
    return unseen


def _mysql_folder(settings: Settings) -> Path | None:
    """Return MySQL's data folder if it is on this machine; None also if MySQL does not answer."""
    if settings.mysql.host not in LOOPBACK:
        return None
    try:
        with mysql.connect(settings.mysql, "writer") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT @@datadir")
            folder = Path(cursor.fetchone()[0])
    except TidemarkError:
        return None
    return nearest_seen(folder)


def nearest_seen(folder: Path) -> Path | None:
    """Return the folder, or its nearest parent that we may read; None if it does not exist."""
    try:
        folder.stat()
    except PermissionError:
        return nearest_seen(folder.parent)
    except OSError:
        return None
    return folder
