"""Tables built from the lake are those that were built from Kafka, row by row."""

import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from drivers import ask, driver, next_offsets
from e2e.made_up import made_up
from e2e.x_posts import post_of
from kafka_records import Record, headers_of
from lake_tables import MIDNIGHT, MIDNIGHT_US, add, posts_table
from recompute import header
from rich.console import Console
from servers import MysqlServer

from spark_jobs.replay.lake import replay_lake
from tidemark.errors import GapError, LakeError, SecondDriverError
from tidemark.lake import offset_reader as windows
from tidemark.mysql import connect as mysql_connection
from tidemark.settings import KeepSettings, LakeSettings, MysqlSettings, Settings, require
from tidemark.stack.accounts import make_accounts
from tidemark.stack.migrate import migrate
from tidemark.upkeep.retention import drop_old_rows

DAY_US = 86_400_000_000
FIRST_DAY = MIDNIGHT + timedelta(days=2)
FIRST_US = MIDNIGHT_US + 2 * DAY_US
"""When records begin to arrive: after all that they tell of."""


def batches() -> list[list[Record]]:
    """Posts in three partitions over three days, some twice, some that are none, and dead
    letters."""
    offsets, found = [0, 0, 0], []
    for turn in range(3):
        batch = []
        for at, value in enumerate([*made_up(150, first=100 * turn), b"broken", b"[]"]):
            partition = _partition(value)
            headers = headers_of("x" if at % 4 else "sample", FIRST_US + turn * DAY_US + at * 1_000)
            batch.append(
                Record(
                    value,
                    offsets[partition],
                    partition,
                    headers=headers if at % 9 else headers[:1] + headers[2:3],
                )
            )
            offsets[partition] += 1
        headers = [*headers_of("x", FIRST_US + turn * DAY_US), ("reason", b"too_large")]
        found.append([*batch, Record(b"x" * 10, turn, 0, "rejected", headers)])
    return found


def _partition(value: bytes) -> int:
    """That of the post, so that it is clear which of two copies is the first."""
    return int(post_of(json.loads(value))["id"]) % 3 if value.startswith(b"{") else 0


def post_keys(records: Sequence[Record]) -> set[tuple[str, str]]:
    posts = [
        (header(record, "source"), record.value) for record in records if record.value is not None
    ]
    return {
        (source, post_of(json.loads(value))["id"])
        for source, value in posts
        if value.startswith(b"{")
    }


def rows(settings: MysqlSettings) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but those that tell of the way it was filled."""
    names = [
        name
        for (name,) in ask(
            settings,
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
        )
        # newest_posts may lead to posts that a later batch deletes or moves.
        if name not in ("job_progress", "ledger", "newest_posts", "retention", "schema_migrations")
    ]
    return {name: sorted(ask(settings, f"SELECT * FROM `{name}`"), key=repr) for name in names}


@pytest.fixture
def rebuilt(mysql: MysqlServer) -> Iterator[MysqlSettings]:
    """A second database with all tables and no rows."""
    settings = mysql.new_database()
    make_accounts(settings)
    migrate(settings)
    yield settings
    mysql.drop(settings)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """What `batches` are in the lake."""
    posts, rejected = posts_table(tmp_path / "lake"), posts_table(tmp_path / "lake", "rejected")
    for batch in batches():
        add(posts, [record for record in batch if record.topic == "posts"])
        add(rejected, [record for record in batch if record.topic == "rejected"])
    return tmp_path / "lake"


def replayed(settings: MysqlSettings, lake: Path, **wishes: Any) -> int:
    from tidemark.lake.location import require_lake

    loaded = Settings(mysql=settings, lake=LakeSettings(path=str(lake)))
    console = Console(file=io.StringIO())
    return replay_lake(loaded, require_lake(loaded), "posts", wishes.get("since"), console)


def merge(settings: MysqlSettings, found: Sequence[Sequence[Record]]) -> None:
    with driver(settings) as live:
        for batch in found:
            live.merge(batch)


def test_tables_built_from_the_lake_equal_those_built_from_kafka(
    tables: MysqlSettings, rebuilt: MysqlSettings, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge(tables, batches())
    monkeypatch.setattr(windows, "WINDOW_ROWS", 40)

    assert replayed(rebuilt, lake) == sum(map(len, batches()))

    live = rows(tables)
    assert len(live["posts"]) > 300
    assert len(live["rejected"]) == 9
    assert rows(rebuilt) == live
    assert next_offsets(rebuilt) == next_offsets(tables)


def test_again_or_from_some_day_on_nothing_changes(
    tables: MysqlSettings, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge(tables, batches())
    before, offsets = rows(tables), next_offsets(tables)

    assert replayed(tables, lake) == 0
    assert replayed(tables, lake, since=FIRST_DAY) == sum(map(len, batches()))

    assert rows(tables) == before
    assert next_offsets(tables) == offsets


def test_what_a_backup_lacks_is_filled_in(
    tables: MysqlSettings, rebuilt: MysqlSettings, lake: Path
) -> None:
    merge(tables, batches())
    merge(rebuilt, batches()[:1])

    assert replayed(rebuilt, lake) == sum(map(len, batches()[1:]))

    assert rows(rebuilt) == rows(tables)


def test_where_the_lake_begins_too_late_it_says_so(tables: MysqlSettings, tmp_path: Path) -> None:
    merge(tables, batches()[:1])
    late = posts_table(tmp_path / "late")
    add(late, [record for record in batches()[2] if record.topic == "posts"])

    with pytest.raises(GapError, match="or give --since"):
        replayed(tables, tmp_path / "late")


def test_what_was_dropped_is_not_given_a_second_time(tables: MysqlSettings, lake: Path) -> None:
    merge(tables, batches())
    before = len(rows(tables)["posts"])
    third_day = FIRST_DAY + timedelta(days=2)
    settings = Settings(mysql=tables, keep=KeepSettings(posts_days=30))
    drop_old_rows(settings, (third_day + timedelta(days=30)).date(), threading.Event())
    left = rows(tables)
    assert 0 < len(left["posts"]) < before

    for since in (FIRST_DAY, third_day - timedelta(microseconds=1)):
        with pytest.raises(LakeError, match="would be counted a second time; give --since"):
            replayed(tables, lake, since=since)
    assert replayed(tables, lake, since=third_day) > 0
    # All that nothing can tell from new ones: copies of the third day, of posts that had come
    # before it.
    came_twice = post_keys(batches()[2]) & post_keys([*batches()[0], *batches()[1]])
    assert {row[:2] for row in rows(tables)["posts"]} - {
        row[:2] for row in left["posts"]
    } == came_twice

    with mysql_connection(tables, "writer") as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger")
        connection.commit()
    with pytest.raises(LakeError, match="empty all tables, `retention` among them"):
        replayed(tables, lake)


def test_while_the_job_runs_it_is_refused(
    tables: MysqlSettings, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_jobs.merging.ledger.LOCK_WAIT_S", 0)
    with driver(tables), pytest.raises(SecondDriverError):
        replayed(tables, lake)


def test_without_a_lake_it_says_so(tables: MysqlSettings, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="no table posts"):
        replayed(tables, tmp_path / "none")


def test_the_command_says_how_many_records_it_has_merged(
    tables: MysqlSettings, lake: Path, tmp_path: Path
) -> None:
    environment = {
        "PYTHONPATH": ":".join(sys.path),
        "TIDEMARK_LAKE__PATH": str(lake),
        "TIDEMARK_MYSQL__HOST": tables.host,
        "TIDEMARK_MYSQL__PORT": str(tables.port),
        "TIDEMARK_MYSQL__DATABASE": tables.database,
        "TIDEMARK_MYSQL__WRITER_PASSWORD": require(
            tables.writer_password, "mysql", "writer_password"
        ),
    }

    def run_command(*options: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "tidemark", "replay-lake", "posts", *options]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    count = sum(map(len, batches()))
    merged = f"merged {count} records of the lake; the job continues after them\n"
    assert run_command() == (0, merged, "")
    assert run_command("--since", "2026-03-01") == (0, merged, "")

    with driver(tables):
        code, printed, error = run_command()
    assert (code, printed) == (1, "")
    assert error.startswith("tidemark: another driver of job posts is running")
