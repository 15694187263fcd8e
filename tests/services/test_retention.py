"""What is old is dropped from a real database, and nothing else, whatever merges do meanwhile."""

import logging
import random
import threading
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from coverage_history import fill_coverage, make_coverage
from drivers import TABLES, ask, driver, stored
from edit_drivers import edits_driver, stored_edits
from edit_payloads import edited
from job_drivers import TOPIC_ID
from kafka_records import Record
from old_rows import (
    KEEP,
    TODAY,
    TODAY_AT,
    kept_of_edits,
    kept_of_posts,
    kept_rows,
    kept_since,
    record,
    two_months_of_posts,
    us,
)
from payloads import posted
from recompute import recompute
from recompute_edits import recompute_edits

from spark_jobs.merging.connection import prepare
from tidemark import mysql
from tidemark.named_lock import lock_name
from tidemark.settings import KeepSettings, MysqlSettings, Settings
from tidemark.upkeep import dropping
from tidemark.upkeep.aging import NEVER, aging
from tidemark.upkeep.retention import drop_old_rows, dropping_before


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropping, "CHUNK_ROWS", 7)


def drop(
    settings: MysqlSettings, *, keep: KeepSettings = KEEP, today: date = TODAY, **how: Any
) -> dict[str, int]:
    dropped = drop_old_rows(Settings(mysql=settings, keep=keep), today, threading.Event(), **how)
    assert dropped is not None
    return dropped


def execute(settings: MysqlSettings, statement: str) -> None:
    with mysql.connect(settings, "writer") as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.commit()


def merge(settings: MysqlSettings, records: Sequence[Record], size: int = 50) -> None:
    with driver(settings) as running:
        for at in range(0, len(records), size):
            running.merge(records[at : at + size])


def test_every_table_grows_old_by_its_key_or_is_kept_for_ever(tables: MysqlSettings) -> None:
    keys: dict[str, list[str]] = {}
    for table, column in ask(
        tables,
        "SELECT table_name, column_name FROM information_schema.key_column_usage "
        "WHERE table_schema = DATABASE() AND constraint_name = 'PRIMARY' ORDER BY table_name, ordinal_position",
    ):
        keys.setdefault(table, []).append(column)

    old = aging(KeepSettings())

    assert {table.table: list(table.key) for table in old} == {
        name: key for name, key in keys.items() if name not in NEVER | {"hashtags"}
    }
    assert all(
        keys[table.along][: len(table.key)] == list(table.key) for table in old if table.along
    )


def test_of_posts_what_is_old_goes_and_all_else_stays(
    tables: MysqlSettings, caplog: pytest.LogCaptureFixture
) -> None:
    records = two_months_of_posts()
    merge(tables, records)
    before = stored(tables)
    assert before == recompute([records], TOPIC_ID)
    caplog.set_level(logging.INFO, "tidemark")

    dropped = drop(tables)

    left = kept_of_posts(before)
    assert stored(tables) == left
    assert all(0 < len(left[table]) < len(before[table]) for table in TABLES)
    assert {table: dropped[table] for table in TABLES} == {
        table: len(before[table]) - len(left[table]) for table in TABLES
    }
    (line,) = caplog.records
    assert line.getMessage() == "old rows dropped"
    assert {table: getattr(line, table) for table in TABLES} == {
        table: dropped[table] for table in TABLES
    }


def test_of_edits_coverage_and_progress_what_is_old_goes(tables: MysqlSettings) -> None:
    starts = [kept_since(60) + timedelta(hours=7.3 * number) for number in range(200)]
    records = []
    for n, at in enumerate(starts):
        value = edited(f"e{n}", user=f"u{n % 9}", title=f"T{n % 7}", dt=f"{at.isoformat()}Z")
        records.append(record(at, b"no json" if n % 9 == 0 else value, n, "edits", "wikimedia"))
    with edits_driver(tables) as running:
        running.merge(records)
    before = stored_edits(tables)
    assert before == recompute_edits([records], TOPIC_ID)
    fill_coverage(tables, make_coverage())
    gaps = ask(tables, "SELECT * FROM source_gaps")
    heard = ask(tables, "SELECT minute_at, source, seconds FROM source_minutes")
    execute(tables, f"UPDATE job_progress SET at = '{kept_since(6)}' WHERE job = 'edits'")

    drop(tables)

    assert stored_edits(tables) == kept_of_edits(before)
    assert all(0 < len(rows) < len(before[table]) for table, rows in kept_of_edits(before).items())
    lately = kept_rows(heard, 0, KEEP.day_sums_days)
    assert 0 < len(lately) < len(heard)
    assert ask(tables, "SELECT minute_at, source, seconds FROM source_minutes") == lately
    assert ask(tables, "SELECT * FROM source_gaps") == gaps
    assert ask(tables, "SELECT job FROM job_progress") == [("coverage",)]


def test_nothing_goes_where_all_is_kept_for_ever(tables: MysqlSettings) -> None:
    merge(tables, two_months_of_posts())
    before = stored(tables)

    assert drop(tables, keep=KeepSettings()) == {"job_progress": 0}

    assert stored(tables) == before


def test_what_a_merge_has_in_hand_is_left_for_the_next_time(tables: MysqlSettings) -> None:
    merge(tables, two_months_of_posts())
    before = stored(tables)
    left = kept_of_posts(before)
    with mysql.connect(tables, "writer") as merging, merging.cursor() as cursor:
        prepare(merging)
        # As a merge does with a post that comes again, with the author, and with what was late.
        for old in (old for old in aging(KEEP) if old.table in TABLES):
            order = ", ".join(old.key) if old.walked else old.age
            condition = f"{old.age} < '{kept_since(old.days)}' ORDER BY {order} LIMIT 2"
            cursor.execute(f"SELECT * FROM {old.table} WHERE {condition} FOR UPDATE")
            cursor.fetchall()

        drop(tables)
        with_held = stored(tables)

    more = {table: len(with_held[table]) - len(left[table]) for table in TABLES}
    held_posts = {row[:2] for row in with_held["posts"]} - {row[:2] for row in left["posts"]}
    of_them = sum(row[:2] in held_posts for row in before["hashtags"])
    assert more == dict.fromkeys(TABLES, 2) | {"hashtags": of_them}
    drop(tables)
    assert stored(tables) == left


@pytest.mark.parametrize("seed", range(3))
def test_merges_and_dropping_do_not_mind_each_other(tables: MysqlSettings, seed: int) -> None:
    records = two_months_of_posts()
    # What comes meanwhile: what is kept again, new posts of today, and late ones of minutes that
    # are dropped.
    kept = [
        r
        for r in records
        if int(dict(r.headers or ())["received_at"] or 0) >= us(kept_since(KEEP.posts_days))
    ]
    late = [
        record(
            TODAY_AT,
            posted(f"late{n}", f"u{n % 40}", f"{kept_since(n % 60).isoformat()}.000Z", "tide"),
            0,
        )
        for n in range(400)
    ]
    coming = random.Random(seed).sample(kept + late, len(kept) + len(late))
    coming = [Record(r.value, len(records) + at, headers=r.headers) for at, r in enumerate(coming)]
    merge(tables, records)
    errors: list[BaseException] = []

    def go_on() -> None:
        try:
            merge(tables, coming, size=9)
        except BaseException as error:
            errors.append(error)

    merging = threading.Thread(target=go_on)
    merging.start()
    while merging.is_alive():
        drop(tables)
    merging.join()

    assert errors == []
    drop(tables)
    assert stored(tables) == kept_of_posts(recompute([records, coming], TOPIC_ID))


def test_once_a_day_is_enough_and_a_long_look_is_rarer(tables: MysqlSettings) -> None:
    merge(tables, two_months_of_posts())
    everything = set(drop(tables, due=True))

    assert drop(tables, due=True) == {}
    next_day = set(drop(tables, due=True, today=TODAY + timedelta(days=1)))
    day_after = set(drop(tables, due=True, today=TODAY + timedelta(days=2)))

    walked = {"edits", "engagement", "users", "hidden_records", "hidden_users"}
    assert everything - next_day == {"posts", "hashtags", *walked}
    assert everything - day_after == walked - {"hidden_records"}


def test_one_that_was_stopped_goes_on_when_it_is_asked_again(tables: MysqlSettings) -> None:
    merge(tables, two_months_of_posts())
    before = stored(tables)
    stop = threading.Event()
    stop.set()

    drop_old_rows(Settings(mysql=tables, keep=KEEP), TODAY, stop, due=True)

    assert stored(tables) == before
    with mysql.connect(tables, "writer") as connection:
        assert dropping_before(connection, "posts") == kept_since(KEEP.posts_days)
        assert dropping_before(connection, "edits") is None
    drop(tables, due=True)
    assert stored(tables) == kept_of_posts(before)


def test_only_one_is_at_it(tables: MysqlSettings) -> None:
    merge(tables, two_months_of_posts())
    before = stored(tables)
    with mysql.connect(tables, "writer") as other, other.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", (lock_name(tables, "writer", "retention"),))
        cursor.fetchall()

        assert drop_old_rows(Settings(mysql=tables, keep=KEEP), TODAY, threading.Event()) is None

    assert stored(tables) == before
