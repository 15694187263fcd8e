"""The merge of edits on a real database, against a recompute in plain Python."""

import itertools
import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from drivers import ask, counted_progress
from edit_drivers import edits_driver, lay_edits, merge_edits_and_check, stored_edits
from edit_payloads import edited
from job_drivers import TOPIC_ID
from kafka_records import Record
from killed_merges import is_killed, killed_at
from recompute_edits import EDIT_TABLES, recompute_edits

from spark_jobs.merges.edits import merge_edits
from tidemark import mysql
from tidemark.settings import MysqlSettings

MINUTE = datetime(2026, 3, 1, 12, 34)


def test_one_batch_of_edits_fills_every_table(tables: MysqlSettings) -> None:
    batch = lay_edits(
        [
            edited("1", length={"old": 100, "new": 158}),
            edited("2", minor=False, length={"old": 158, "new": 100}, user="Bo"),
            edited("3", "new", wiki="dewiki", bot=True, user="RoBot"),
            edited("4", "log", user=None),
            edited("5", "categorize", dt="2026-03-01T12:35:00.000Z"),
            edited("6", "external", title=None, namespace=None),
            edited("7", length=None, user=None),
            b"\xff\x00 no json",
            b"[]",
        ]
    )

    found = merge_edits_and_check(tables, batch)

    assert found["edit_minutes"] == [
        (MINUTE, "dewiki", "new", 1, 1, 0, 181, 0),
        (MINUTE, "enwiki", "edit", 0, 3, 2, 58, 58),
        (MINUTE, "enwiki", "external", 0, 1, 0, 0, 0),
        (MINUTE, "enwiki", "log", 0, 1, 0, 0, 0),
        (MINUTE + timedelta(minutes=1), "enwiki", "categorize", 0, 1, 0, 0, 0),
    ]
    assert found["page_minutes"] == [
        (MINUTE, 0, "enwiki", "Tide", 3),
        (MINUTE, 1, "dewiki", "Tide", 1),
    ]
    assert found["editor_minutes"] == [
        (MINUTE, 0, "enwiki", "Ana Lima", 1),
        (MINUTE, 0, "enwiki", "Bo", 1),
        (MINUTE, 1, "dewiki", "RoBot", 1),
    ]
    assert [row[5] for row in found["rejected"]] == ["not_json", "not_an_edit"]
    assert counted_progress(tables) == (1, 9, 2)


def test_an_edit_counts_once_however_often_it_is_sent(tables: MysqlSettings) -> None:
    one, other = edited("1"), edited("2", "new")
    records = lay_edits([one, one, other, one, other, one, one], [0, 0, 0, 1, 2, 1, 0])
    by_place = {(record.partition, record.offset): record for record in records}

    # (1, 0) and (2, 0) come first here: it is their place that is kept.
    found = merge_edits_and_check(
        tables,
        [by_place[1, 0], by_place[2, 0]],
        [by_place[0, 0], by_place[0, 1], by_place[1, 1]],
        [by_place[0, 2], by_place[0, 3]],
    )

    assert [row[-2:] for row in found["edits"]] == [(1, 0), (2, 0)]
    assert [row[-1] for row in found["page_days"]] == [2]


def test_a_copy_that_differs_changes_nothing(tables: MysqlSettings) -> None:
    first, changed = (
        edited("1"),
        edited("1", "new", title="Ebb", wiki="dewiki", user="Bo", length={"new": 9}),
    )

    merge_edits_and_check(
        tables, lay_edits([first, changed]), lay_edits([first, changed, changed])[2:]
    )


def test_edits_of_both_jobs_tables_stay_apart_in_the_ledger(tables: MysqlSettings) -> None:
    merge_edits_and_check(tables, lay_edits([edited("1"), b"{"]))

    rows = ask(
        tables,
        "SELECT job, topic, kafka_partition, next_offset FROM ledger ORDER BY kafka_partition",
    )
    assert rows == [("edits", "edits", 0, 2), ("edits", "edits", 1, 0), ("edits", "edits", 2, 0)]


def test_minutes_hours_and_days_part_at_midnight(tables: MysqlSettings) -> None:
    instants = [
        "2025-12-31T22:59:59.999Z",
        "2025-12-31T23:00:00Z",
        "2025-12-31T23:59:59.999Z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T02:00:30.000+02:00",
        "2024-02-29T23:59:59.999Z",
        "1970-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",  # said by a wrong clock: five minutes after the arrival
    ]
    records = lay_edits([edited(str(at), dt=instant) for at, instant in enumerate(instants)])

    found = merge_edits_and_check(tables, records[:4], records[4:])

    assert [(row[0].isoformat()[:10], row[4]) for row in found["edit_days"]] == [
        ("1970-01-01", 1),
        ("2024-02-29", 1),
        ("2025-12-31", 3),
        ("2026-01-01", 2),
        ("2026-03-01", 1),
    ]


def test_text_of_every_script_and_the_widest_values_are_stored_as_they_came(
    tables: MysqlSettings,
) -> None:
    titles = [
        "東京",
        "مرحبا",
        "हिन्दी",
        "İstanbul",
        "istanbul",
        "🔥",
        "e\u0301t\u00e9",
        "o'b\\r%s{}",
        "\x00",
        "𠀀" * 400,
    ]
    values = [
        edited(f"ünï'\\ 🔥 {at}", title=title, user=title[:255]) for at, title in enumerate(titles)
    ]
    widest = edited(
        "𠀀" * 64, wiki="𠀀" * 64, length={"old": 2**31 - 1, "new": 0}, namespace=-(2**31)
    )

    found = merge_edits_and_check(
        tables, lay_edits([*values, widest, widest, bytes(range(256)), b"''"])
    )

    assert len(found["page_days"]) == len(titles) + 1


def test_sums_of_the_greatest_sizes_do_not_overflow(tables: MysqlSettings) -> None:
    values = [edited(str(at), length={"new": 2**31 - 1}) for at in range(5)]

    merge_edits_and_check(tables, lay_edits(values)[:3], lay_edits(values)[3:])


def made_up(dice: random.Random, number: int) -> list[bytes]:
    """Edits of a few users on a few wikis over two days around midnight, some twice, some
    broken."""
    values = []
    for edit_id in range(number):
        at = datetime(2026, 2, 27, 23, 58) + timedelta(
            seconds=dice.randrange(240), hours=dice.choice([0, 0, 1, 24])
        )
        kind = dice.choice(["edit"] * 6 + ["new", "log", "categorize", "external"])
        changes: dict[str, Any] = {
            "wiki": dice.choice(["enwiki", "dewiki", "wikidatawiki"]),
            "title": dice.choice(["Tide", "tide", "Ebb", "潮", None]),
            "user": dice.choice(["Ana", "ana", "10.0.0.1", None]),
            "bot": dice.random() < 0.4,
            "dt": f"{at.isoformat()}.500Z",
        }
        if kind == "edit":
            changes["length"] = {"old": dice.randrange(99), "new": dice.randrange(99)}
        values.append(edited(f"e-{edit_id}", kind, **changes))
    values += dice.choices(values, k=number // 4)
    values += [dice.choice([b"[]", b"{", b"\xff\xfe"]) for _ in range(number // 20)]
    return values


@pytest.mark.parametrize("seed", range(4))
def test_any_order_and_any_batches_give_the_tables_of_a_recompute(
    tables: MysqlSettings, seed: int
) -> None:
    values = made_up(random.Random(1), 300)
    dice = random.Random(seed)
    dice.shuffle(values)
    waiting = lay_edits(values)
    batches: list[list[Record]] = []
    while waiting:
        take = dice.choice([1, 2, 30, 100])
        batches.append(waiting[:take])
        waiting = waiting[take:]

    found = merge_edits_and_check(tables, *batches)

    in_order = recompute_edits([lay_edits(made_up(random.Random(1), 300))], TOPIC_ID)
    for table in EDIT_TABLES.keys() - {"edits", "rejected"}:
        assert found[table] == in_order[table]


def test_a_driver_that_dies_at_any_step_of_a_merge_leaves_nothing_and_the_next_one_goes_on(
    tables: MysqlSettings,
) -> None:
    records = lay_edits([*made_up(random.Random(2), 40), b"broken"])
    merged = merge_edits_and_check(tables, records[:20])

    for step in itertools.count():
        with edits_driver(tables, merge=killed_at(merge_edits, step)) as running:
            if not is_killed(partial(running.merge, records[20:])):
                break
        assert stored_edits(tables) == merged, f"died before step {step}"

    assert step > len(EDIT_TABLES)
    assert stored_edits(tables) == recompute_edits([records[:20], records[20:]], TOPIC_ID)


def test_a_topic_that_is_read_again_from_the_start_changes_nothing_but_the_ledger(
    tables: MysqlSettings,
) -> None:
    records = lay_edits(made_up(random.Random(3), 40))
    merged = merge_edits_and_check(tables, records)
    with mysql.connect(tables, "writer") as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger")
        connection.commit()

    with edits_driver(tables) as running:
        running.merge(records[:7])
        running.merge(records[7:])

    assert stored_edits(tables) == merged
