"""Disks that fill up are told of before they are full."""

import logging
import os
from pathlib import Path

import pytest

from tidemark.settings import DiskSettings, KafkaSettings, LakeSettings, MysqlSettings, Settings
from tidemark.upkeep.disks import Disk, DiskBook, measure, warning
from tidemark.upkeep.guard import Guard, seen_disks, unseen_disks

GB = 10**9
HOUR_S = 3_600.0


def disk(free_gb: float) -> Disk:
    return Disk("the data folder", "/srv/tidemark", 100 * GB, round(free_gb * GB))


def test_it_is_said_which_disk_how_full_how_long_it_lasts_and_what_to_do() -> None:
    told = warning(disk(7), 9, DiskSettings())

    assert told is not None
    assert told.startswith(
        "the disk of the data folder (/srv/tidemark) is 93 % full: 7.0 GB of 100.0 are free, "
        "enough for 9 hours at the present rate. "
    )
    for place in (
        "docs/operate.md",
        "tidemark tables",
        "TIDEMARK_DISK__MIN_FREE_PERCENT",
        "TIDEMARK_DISK__MIN_HOURS",
    ):
        assert place in told


@pytest.mark.parametrize(
    ("free_gb", "hours_left", "is_told"),
    [
        (10, None, False),
        (9.9, None, True),
        (9.9, 1_000, True),
        (60, 24, False),
        (60, 23.9, True),
        (0, 0, True),
    ],
)
def test_it_is_told_by_what_is_free_or_by_how_long_that_lasts(
    free_gb: float, hours_left: float | None, is_told: bool
) -> None:
    assert (warning(disk(free_gb), hours_left, DiskSettings()) is not None) == is_told


def test_a_threshold_of_nothing_switches_it_off() -> None:
    assert warning(disk(0), 0, DiskSettings(min_free_percent=0, min_hours=0)) is None


@pytest.mark.parametrize(
    ("free_gb_by_hour", "hours_left"),
    [
        ({0: 50, 1: 49}, 49),
        ({0: 50, 0.4: 40}, None),  # too short to tell
        ({0: 50, 2: 50}, None),  # it does not fill
        ({0: 50, 2: 60}, None),
        ({0: 90, 7: 50, 8: 48}, 24),  # what was longer ago than six hours does not count
    ],
)
def test_it_lasts_as_long_as_at_the_pace_of_the_last_hours(
    tmp_path: Path, free_gb_by_hour: dict[float, float], hours_left: float | None
) -> None:
    for hour, free_gb in free_gb_by_hour.items():
        DiskBook(tmp_path).add([disk(free_gb)], hour * HOUR_S)

    now, free_gb = list(free_gb_by_hour.items())[-1]
    found = DiskBook(tmp_path).hours_left(disk(free_gb), now * HOUR_S)

    assert found == (None if hours_left is None else pytest.approx(hours_left))


@pytest.mark.parametrize("text", ["", "[]", '{"/": 1}', '{"/": [[1]]}'])
def test_a_book_that_was_cut_is_begun_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "disks.json").write_text(text)

    DiskBook(tmp_path).add([disk(5)], 0)

    assert DiskBook(tmp_path).hours_left(disk(4), HOUR_S) == pytest.approx(4)


def test_folders_on_one_disk_are_one_disk_and_what_is_not_there_yet_is_where_it_will_be(
    tmp_path: Path,
) -> None:
    found = measure(
        {
            "the data folder": tmp_path,
            "the lake": tmp_path / "not" / "yet",
            "memory": Path("/dev/shm"),
        }
    )

    stats = os.statvfs(tmp_path)
    assert [(disk.what, disk.folder) for disk in found] == [
        ("the data folder, the lake", str(tmp_path)),
        ("memory", "/dev/shm"),
    ]
    assert found[0].size_bytes == (stats.f_blocks - stats.f_bfree + stats.f_bavail) * stats.f_frsize


def test_a_disk_is_told_of_as_it_runs_low_and_every_hour_until_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    free_gb_by_minute = {0: 50, 5: 9, 10: 9, 64: 9, 65: 9, 70: 9, 75: 30, 80: 8}
    minutes = list(free_gb_by_minute)
    guard = Guard(
        Settings(data_dir=tmp_path, disk=DiskSettings(min_hours=0)),
        look=lambda _: [disk(free_gb_by_minute[minutes[0]])],
        now=lambda: minutes[0] * 60.0,
    )
    told = []

    while minutes:
        guard.look()
        told += [(minutes[0], record.levelname) for record in caplog.records]
        caplog.clear()
        minutes.pop(0)

    assert told == [(5, "WARNING"), (65, "WARNING"), (75, "INFO"), (80, "WARNING")]


def test_what_is_on_other_machines_is_named_as_unseen(tmp_path: Path) -> None:
    elsewhere = Settings(
        data_dir=tmp_path,
        mysql=MysqlSettings(host="mysql"),
        kafka=KafkaSettings(bootstrap="kafka:19092"),
        lake=LakeSettings(path="s3://lake/x"),
    )

    assert unseen_disks(elsewhere) == ["MySQL at mysql:3306", "Kafka at kafka:19092"]
    assert "the lake" not in ", ".join(disk.what for disk in seen_disks(elsewhere))
    assert "the data folder" in ", ".join(disk.what for disk in seen_disks(elsewhere))
