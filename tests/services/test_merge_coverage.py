"""The merge of what was heard on a real database, against sets of seconds in plain Python."""

import itertools
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest
from drivers import ask, counted_progress
from job_drivers import job_driver
from kafka_records import Record, headers_of

from spark_jobs.coverage_job import JOB
from tidemark.contracts.coverage import Cause, Covered, Gap, State
from tidemark.settings import MysqlSettings

SECOND = 1_000_000
NOON = datetime(2026, 3, 1, 12)
NOON_US = 1_772_366_400 * SECOND
TOLD_US = NOON_US + 3600 * SECOND

Told = Gap | Covered | bytes


def us(second: float) -> int:
    return NOON_US + round(second * SECOND)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def heard(begin_s: float, end_s: float) -> Covered:
    return Covered(us(begin_s), us(end_s))


def gap(
    began_s: float,
    state: State = State.OPEN,
    ended_s: float | None = None,
    why: Cause = Cause.CUT,
    events: int = 0,
) -> Gap:
    return Gap(us(began_s), why, state, None if ended_s is None else us(ended_s), events)


def lay(
    told: Sequence[Told], *, first_offset: int = 0, source: str = "wikimedia", told_s: float = 3600
) -> list[Record]:
    """One source's records, in one partition, each told a second after the other."""
    return [
        Record(
            value if isinstance(value, bytes) else msgspec.json.encode(value),
            offset,
            topic="coverage",
            headers=headers_of(source, us(told_s + offset)),
        )
        for offset, value in enumerate(told, start=first_offset)
    ]


def merge(tables: MysqlSettings, *batches: Sequence[Record]) -> None:
    with job_driver(tables, JOB) as driver:
        for batch in batches:
            driver.merge(batch)


def seconds_heard(tables: MysqlSettings, source: str = "wikimedia") -> set[int]:
    """Seconds after noon."""
    rows = ask(
        tables, f"SELECT minute_at, seconds, heard_s FROM source_minutes WHERE source = '{source}'"
    )
    assert all(int(heard_s) == int(bits).bit_count() for _, bits, heard_s in rows)
    return {
        int((minute_at - NOON).total_seconds()) + second
        for minute_at, bits, _ in rows
        for second in range(60)
        if int(bits) >> second & 1
    }


def gaps(tables: MysqlSettings) -> list[tuple[object, ...]]:
    return ask(
        tables,
        "SELECT source, began_at, ended_at, why, state, events FROM source_gaps ORDER BY began_at",
    )


def test_a_telling_of_each_kind_lands_where_it_belongs(tables: MysqlSettings) -> None:
    merge(
        tables,
        lay([heard(0, 100), gap(100, why=Cause.SILENCE), b"no json", b"{}"], told_s=110),
        lay([heard(160, 180)], first_offset=4),
    )

    assert gaps(tables) == [("wikimedia", at(100), None, "silence", "open", 0)]
    assert seconds_heard(tables) == {*range(100), *range(160, 180)}
    assert ask(tables, "SELECT minute_at, heard_s FROM source_minutes ORDER BY 1") == [
        (at(0), 60),
        (at(60), 40),
        (at(120), 20),
    ]
    assert ask(tables, "SELECT kafka_offset, source, reason, payload FROM rejected ORDER BY 1") == [
        (2, "wikimedia", "not_json", b"no json"),
        (3, "wikimedia", "not_coverage", b"{}"),
    ]
    assert counted_progress(tables) == (2, 5, 2)


OPEN, HEALED = gap(100), gap(100, State.HEALED, 160, events=7)


@pytest.mark.parametrize("order", [*itertools.permutations([0, 1, 2])], ids=str)
@pytest.mark.parametrize("batches", [1, 3])
def test_a_gap_is_as_it_was_told_last_and_a_final_state_is_never_undone(
    tables: MysqlSettings, order: tuple[int, ...], batches: int
) -> None:
    told = [OPEN, gap(100, State.OPEN, events=3), HEALED]
    stamped = [lay([value], told_s=3600 + number)[0] for number, value in enumerate(told)]
    shuffled = [
        Record(stamped[number].value, offset, topic="coverage", headers=stamped[number].headers)
        for offset, number in enumerate(order)
    ]

    merge(tables, *([shuffled] if batches == 1 else [[record] for record in shuffled]))

    assert gaps(tables) == [("wikimedia", at(100), at(160), "cut", "healed", 7)]


def test_of_two_final_tellings_the_later_holds(tables: MysqlSettings) -> None:
    lost = gap(100, State.LOST, 170, why=Cause.CLAMPED, events=9)
    merge(tables, lay([lost], told_s=3700))

    merge(tables, lay([HEALED, OPEN], first_offset=1, told_s=3600))

    assert gaps(tables) == [("wikimedia", at(100), at(170), "clamped", "lost", 9)]


def test_gaps_of_two_sources_are_two(tables: MysqlSettings) -> None:
    bluesky = [
        Record(record.value, record.offset, partition=1, topic="coverage", headers=record.headers)
        for record in lay([OPEN, heard(3, 5)], source="bluesky")
    ]
    merge(tables, [*lay([heard(0, 200), HEALED]), *bluesky])

    assert [row[0] for row in gaps(tables)] == ["bluesky", "wikimedia"]
    assert seconds_heard(tables) == {*range(100), *range(160, 200)}
    assert seconds_heard(tables, "bluesky") == {3, 4}


@pytest.mark.parametrize("batches", [1, 5])
def test_what_was_told_as_heard_before_the_gap_was_noticed_is_taken_back(
    tables: MysqlSettings, batches: int
) -> None:
    told = lay(
        [heard(0, 20), heard(20, 40), gap(12.5), gap(12.5, State.HEALED, 130), heard(130, 135)],
        told_s=40,
    )

    merge(tables, *([told] if batches == 1 else [[record] for record in told]))

    assert seconds_heard(tables) == {*range(13), *range(130, 135)}


def test_stretches_that_overlap_after_a_restart_give_no_more_than_sixty_seconds(
    tables: MysqlSettings,
) -> None:
    stretches = [heard(begin, begin + 17.3) for begin in range(0, 180, 5)]

    merge(tables, lay(stretches), lay(stretches, first_offset=len(stretches)))

    assert [
        row[0] for row in ask(tables, "SELECT heard_s FROM source_minutes ORDER BY minute_at")
    ] == [60, 60, 60, 13]


def test_whatever_is_told_in_whatever_batches_the_seconds_are_those_of_a_recount(
    tables: MysqlSettings,
) -> None:
    dice = random.Random(29)
    told: list[Told] = []
    expected: set[int] = set()
    now_s = 0.0
    for _ in range(60):
        until_s = now_s + dice.uniform(0.1, 40)
        told.append(heard(now_s, until_s))
        expected |= {second for second in range(4000) if now_s <= second < until_s}
        now_s = until_s
        if dice.random() < 0.5:
            began_s, ended_s = now_s - dice.uniform(0, 30), now_s + dice.uniform(0, 90)
            told += [gap(began_s), gap(began_s, dice.choice([State.HEALED, State.LOST]), ended_s)]
            expected -= {second for second in expected if began_s <= second < ended_s}
            now_s = ended_s
    records = lay(told, told_s=now_s)
    ends = sorted({0, len(records), *(dice.randrange(len(records)) for _ in range(12))})

    merge(tables, *(records[begin:end] for begin, end in itertools.pairwise(ends)))

    assert seconds_heard(tables) == expected
    assert {row[4] for row in gaps(tables)} <= {"healed", "lost"}
