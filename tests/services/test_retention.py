"""What is old is dropped from a real database, and nothing else, whatever merges do meanwhile."""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from coverage_history import fill_coverage
from drivers import TABLES, ask, driver, stored
from edit_drivers import edits_driver, stored_edits
from edit_payloads import edited
from job_drivers import TOPIC_ID
from kafka_records import Record, headers_of
from payloads import posted
from recompute import EPOCH, Rows, Tables, recompute
from recompute_edits import recompute_edits

from spark_jobs.edges.job import prepare
from tidemark import mysql
from tidemark.settings import KeepSettings, MysqlSettings, Settings
from tidemark.upkeep import dropping
from tidemark.upkeep.aging import NEVER, aging
from tidemark.upkeep.retention import drop_old_rows, dropping_before

TODAY = date(2026, 5, 1)
KEEP = KeepSettings(
    posts_days=20,
    edits_days=30,
    users_days=40,
    minute_sums_days=2,
    hour_sums_days=15,
    day_sums_days=45,
    rejected_days=10,
    progress_days=5,
)
TODAY_AT = datetime(2026, 5, 1, 12)
SOURCES = ("sample", "x")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropping, "CHUNK_ROWS", 7)


def drop(settings: MysqlSettings, *, keep: KeepSettings = KEEP, today: date = TODAY, **how: Any) -> dict[str, int]:
    return drop_old_rows(Settings(mysql=settings, keep=keep), today, threading.Event(), **how)


def kept_since(days: int | None) -> datetime:
    return EPOCH + timedelta(days=(TODAY - EPOCH.date()).days - (days or 0))


def us(at: datetime) -> int:
    return round(at.replace(tzinfo=UTC).timestamp() * 1_000_000)


def record(at: datetime, value: bytes, offset: int, topic: str = "posts", source: str = "x", late: int = 0) -> Record:
    """One that came `late` days after `at`."""
    came_us = us(at + timedelta(days=late, seconds=3))
    return Record(value, offset, topic=topic, headers=headers_of(source, came_us))


def two_months_of_posts() -> list[Record]:
    """Several a day of two sources up to TODAY at noon; some come late, some twice, some cannot be read."""
    dice = random.Random(3)
    records: list[Record] = []
    for number in range(300):
        at = kept_since(60) + timedelta(hours=4.84 * number)
        tags = dice.sample(["Kafka", "tide", "été"], k=dice.choice([0, 1, 3]))
        value = posted(f"p{number}", f"u{dice.randrange(40)}", f"{at.isoformat(timespec='milliseconds')}Z", *tags)
        source, late = dice.choice(SOURCES), dice.choice([0, 0, 0, 1, 30])
        for _ in range(dice.choice([1, 1, 1, 2])):
            records.append(record(at, value, len(records), source=source, late=late))
        if number % 20 == 0:
            records.append(record(at, b"[]", len(records)))
    return records


def kept_rows(rows: Rows, at: int | Callable[[tuple[Any, ...]], datetime], days: int | None) -> Rows:
    """Those whose instant is not before the first day that is kept."""
    when = at if callable(at) else lambda row: row[at]
    return [row for row in rows if when(row) >= kept_since(days)]


def kept_of_posts(tables: Tables, keep: KeepSettings = KEEP) -> Tables:
    """What must be left, by what docs/decisions/0009 says."""
    posts = kept_rows(tables["posts"], 4, keep.posts_days)
    there = {row[:2] for row in posts}
    return {
        "posts": posts,
        "hashtags": [row for row in tables["hashtags"] if row[:2] in there],
        "users": kept_rows(tables["users"], lambda row: max(row[9], row[10] or row[9]), keep.users_days),
        "post_minutes": kept_rows(tables["post_minutes"], 0, keep.day_sums_days),
        "hashtag_minutes": kept_rows(tables["hashtag_minutes"], 0, keep.minute_sums_days),
        "hashtag_hours": kept_rows(tables["hashtag_hours"], 0, keep.hour_sums_days),
        "hashtag_days": kept_rows(tables["hashtag_days"], 0, keep.day_sums_days),
        "rejected": kept_rows(tables["rejected"], 7, keep.rejected_days),
    }


def kept_of_edits(tables: Tables) -> Tables:
    grains = {"minute": KEEP.minute_sums_days, "hour": KEEP.hour_sums_days, "day": KEEP.day_sums_days}
    sums = {f"{of}_{grain}s": days for of in ("edit", "page", "editor") for grain, days in grains.items()}
    return {
        **{table: kept_rows(tables[table], 0, days) for table, days in sums.items()},
        "edits": kept_rows(tables["edits"], 3, KEEP.edits_days),
        "rejected": kept_rows(tables["rejected"], 7, KEEP.rejected_days),
    }


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
    assert all(keys[table.along][: len(table.key)] == list(table.key) for table in old if table.along)


def test_of_posts_what_is_old_goes_and_all_else_stays(tables: MysqlSettings, caplog: pytest.LogCaptureFixture) -> None:
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
    assert {table: getattr(line, table) for table in TABLES} == {table: dropped[table] for table in TABLES}


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
    fill_coverage(tables)
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
    # What comes meanwhile: what is kept again, new posts of today, and late ones of minutes that are dropped.
    kept = [r for r in records if int(dict(r.headers or ())["received_at"] or 0) >= us(kept_since(KEEP.posts_days))]
    late = [
        record(TODAY_AT, posted(f"late{n}", f"u{n % 40}", f"{kept_since(n % 60).isoformat()}.000Z", "tide"), 0)
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

    assert everything - next_day == {"posts", "hashtags", "edits", "users"}
    assert everything - day_after == {"edits", "users"}


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
        cursor.execute("SELECT GET_LOCK(%s, 0)", (f"tidemark {tables.database} retention",))
        cursor.fetchall()

        assert drop(tables) == {}

    assert stored(tables) == before
