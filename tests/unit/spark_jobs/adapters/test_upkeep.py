"""What runs beside the jobs: it goes on whatever fails in it, and ends with the driver."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mysql.connector import Error as DatabaseError
from waiting import wait_until

from spark_jobs.adapters import upkeep
from tidemark.errors import SettingsError
from tidemark.settings import DiskSettings, MysqlSettings, Settings
from tidemark.upkeep.disks import DiskBook, measure

FAILURES: list[Exception] = [
    SettingsError("MySQL is gone"),
    DatabaseError("a table is missing"),
    OSError("no room"),
]


@pytest.fixture
def drops(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was asked for; the first ones fail."""
    asked: list[Any] = []

    def drop(*args: Any, **how: Any) -> dict[str, int]:
        asked.append((args, how))
        if len(asked) <= len(FAILURES):
            raise FAILURES[len(asked) - 1]
        return {}

    monkeypatch.setattr(upkeep, "drop_old_rows", drop)
    monkeypatch.setattr(upkeep, "FIRST_DROP_S", 0)
    monkeypatch.setattr(upkeep, "DROP_EVERY_S", 0.001)
    return asked


def test_what_fails_is_told_and_tried_again_and_no_thread_is_left(
    drops: list[Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "spark_jobs")
    threads = threading.active_count()
    full = DiskSettings(min_free_percent=100)
    beside = upkeep.Upkeep(
        Settings(data_dir=tmp_path, disk=full, mysql=MysqlSettings(host="db.example"))
    )

    beside.open()
    beside.start(None)  # it needs no Spark
    wait_until(lambda: len(drops) > len(FAILURES) + 2)
    beside.check()
    beside.finish()
    beside.close()

    assert threading.active_count() == threads
    told = [record.getMessage() for record in caplog.records if record.name == upkeep.logger.name]
    assert [line.partition(";")[0] for line in told if line.startswith("retention")] == [
        "retention failed: MySQL is gone",
        "retention failed: a table is missing",
        "retention failed: no room",
    ]
    assert "disks not monitored" in told
    assert (
        sum("the disk of the data folder" in record.getMessage() for record in caplog.records) == 1
    )
    assert all(how == {"due": True} for _, how in drops)


def test_a_lock_of_retention_that_is_taken_twice_running_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers: Iterator[dict[str, int] | None] = iter([None, {}, None, None, {}])
    told_after = []

    def drop(*_: Any, **__: Any) -> dict[str, int] | None:
        told_after.append(sum("holds retention's lock" in line for line in caplog.messages))
        return next(answers, {})

    monkeypatch.setattr(upkeep, "drop_old_rows", drop)
    monkeypatch.setattr(upkeep, "FIRST_DROP_S", 0)
    monkeypatch.setattr(upkeep, "DROP_EVERY_S", 0.001)
    beside = upkeep.Upkeep(Settings(data_dir=tmp_path))

    beside.start(None)
    wait_until(lambda: len(told_after) > 6)
    beside.close()

    assert told_after[:6] == [0, 0, 0, 0, 1, 1]


def test_what_was_free_is_kept_for_status(drops: list[Any], tmp_path: Path) -> None:
    beside = upkeep.Upkeep(Settings(data_dir=tmp_path, mysql=MysqlSettings(host="db.example")))
    beside.start(None)
    wait_until(lambda: (tmp_path / "disks.json").exists())
    beside.close()

    (disk,) = measure({"it": tmp_path})
    assert str(tmp_path) in (tmp_path / "disks.json").read_text()
    assert DiskBook(tmp_path).hours_left(disk, 0) is None
