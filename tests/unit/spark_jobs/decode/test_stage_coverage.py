import itertools
import random

import msgspec
import pytest
from kafka_records import RECEIVED_AT, Record, headers_of, record_batch

from spark_jobs.decode.coverage import decode_coverage
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.stage_coverage import SCHEMA, minutes_of, stage_coverage
from tidemark.contracts.coverage import Cause, Covered, Gap, State

SECOND = 1_000_000
MINUTE = 60 * SECOND
NOON_US = 1_772_366_400 * SECOND  # 2026-03-01 12:00:00


def told(*values: Gap | Covered, source: str = "wikimedia") -> list[Record]:
    return [
        Record(msgspec.json.encode(value), offset, topic="coverage", headers=headers_of(source))
        for offset, value in enumerate(values)
    ]


def test_what_a_producer_writes_is_read_as_it_was() -> None:
    for value in (
        Covered(NOON_US, NOON_US + 1),
        Gap(NOON_US, Cause.SILENCE),
        Gap(NOON_US, Cause.CLAMPED, State.LOST, NOON_US + 7, events=3),
    ):
        assert decode_coverage(msgspec.json.encode(value)) == value


def test_a_gap_is_one_row_and_a_stretch_one_for_each_minute() -> None:
    gap = Gap(NOON_US + 123_456, Cause.STOPPED, State.HEALED, NOON_US + 9 * SECOND, events=12)
    stretch = Covered(NOON_US + 58 * SECOND, NOON_US + 62 * SECOND)

    (batch,) = stage_coverage(iter([record_batch(told(gap, stretch))]))

    place = {
        "topic": "coverage",
        "kafka_partition": 0,
        "received_at": RECEIVED_AT,
        "source": "wikimedia",
    }
    expected = [
        {
            "kafka_offset": 0,
            "position": 0,
            "began_at": "2026-03-01 12:00:00.123456",
            "ended_at": "2026-03-01 12:00:09.000000",
            "why": "stopped",
            "state": "healed",
            "events": 12,
        },
        {
            "kafka_offset": 1,
            "position": 0,
            "minute_at": "2026-03-01 12:00:00.000000",
            "seconds": 0b11 << 58,
        },
        {
            "kafka_offset": 1,
            "position": 1,
            "minute_at": "2026-03-01 12:01:00.000000",
            "seconds": 0b11,
        },
    ]
    assert batch.to_pylist() == [dict.fromkeys(SCHEMA.names) | place | row for row in expected]


@pytest.mark.parametrize(
    ("begin", "end", "seconds"),
    [
        (0, 60, range(60)),
        (0.5, 3.5, [1, 2, 3]),
        (1, 1, []),
        (0.2, 0.9, []),
        (0.9, 1.1, [1]),
        (59.5, 60, []),
    ],
)
def test_a_second_is_heard_where_it_begins_in_the_stretch(
    begin: float, end: float, seconds: list[int]
) -> None:
    stretch = Covered(NOON_US + round(begin * SECOND), NOON_US + round(end * SECOND))

    assert minutes_of(stretch) == (
        [(NOON_US // SECOND, sum(1 << second for second in seconds))] if seconds else []
    )


def test_a_stretch_without_a_second_is_a_row_all_the_same_so_that_its_offset_is_there() -> None:
    (batch,) = stage_coverage(iter([record_batch(told(Covered(NOON_US + 1, NOON_US + 2)))]))

    (row,) = batch.to_pylist()
    assert (row["kafka_offset"], row["position"], row["minute_at"], row["reason"]) == (
        0,
        0,
        None,
        None,
    )


def test_what_a_producer_reported_under_the_former_name_of_its_source_is_staged_under_the_present_one() -> (
    None
):
    (batch,) = stage_coverage(
        iter([record_batch(told(Gap(NOON_US, Cause.CUT), source="x_stream"))])
    )

    assert [row["source"] for row in batch.to_pylist()] == ["x"]


def test_stretches_that_join_on_to_each_other_have_each_second_once() -> None:
    dice = random.Random(3)
    ends = sorted(NOON_US + dice.randrange(5 * MINUTE) for _ in range(200))

    parts = [
        minute
        for begin, end in itertools.pairwise(ends)
        for minute in minutes_of(Covered(begin, end))
    ]
    whole = minutes_of(Covered(ends[0], ends[-1]))

    assert {at: sum(bits for minute, bits in parts if minute == at) for at, _ in parts} == dict(
        whole
    )


def test_nothing_raises_whatever_the_bytes() -> None:
    dice = random.Random(11)
    good = msgspec.json.encode(Gap(NOON_US, Cause.CUT, State.LOST, NOON_US + 7))
    for _ in range(3_000):
        payload = bytearray(good)
        for _ in range(dice.randrange(1, 4)):
            payload[dice.randrange(len(payload))] = dice.randrange(256)
        assert isinstance(decode_coverage(bytes(payload)), Gap | Rejected)
