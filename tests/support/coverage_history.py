"""A small made-up past of hearing: stretches and gaps, merged as a job merges them."""

from datetime import UTC, datetime, timedelta

import msgspec
from chart_history import BEGIN_AT
from job_drivers import job_driver
from kafka_records import Record, headers_of

from spark_jobs.coverage_job import JOB
from tidemark import mysql
from tidemark.contracts.coverage import Cause, Covered, Gap, State
from tidemark.settings import MysqlSettings

Told = list[tuple[str, Gap | Covered]]


def us(at: datetime) -> int:
    return round(at.replace(tzinfo=UTC).timestamp() * 1_000_000)


BEGIN_US = us(BEGIN_AT.replace(second=0))
_MINUTE_US = 60_000_000
ODDITIES = [
    ("x", "bad_type", 7),
    ("mastodon", "bad_type", 1),
    ("mastodon", "bad_count", 3),
    ("x", "notice_limit", 2),
]
"""By source and kind, in the minute of BEGIN_AT, and lately."""
LOST_US = BEGIN_US + 30 * _MINUTE_US
"""wikimedia is not heard for five minutes and 15 s from here on."""


def make_coverage() -> Told:
    """Two hours of two sources at BEGIN_US, some hours of x, and the last half hour of wikimedia,
    open at its end.

    x is heard with a gap that is lost and one that is healed, and then no more.
    """
    now_us = us(datetime.now(UTC).replace(microsecond=0))
    lost = Gap(LOST_US, Cause.SILENCE, State.LOST, LOST_US + 315_000_000)
    from_us, lost_us, again_us, healed_us, caught_up_us, to_us = (
        us(datetime.fromisoformat(f"2025-03-10 {clock}"))
        for clock in (
            "08:30:15",
            "11:10:30",
            "11:50:05.500",
            "12:20:40",
            "13:05:10.250",
            "13:45:30",
        )
    )
    return [
        *_stretches("bluesky", BEGIN_US, BEGIN_US + 120 * _MINUTE_US),
        *_stretches("wikimedia", BEGIN_US, BEGIN_US + 120 * _MINUTE_US),
        ("wikimedia", lost),
        *_stretches("x", from_us, lost_us),
        ("x", Gap(lost_us, Cause.CUT, State.LOST, again_us)),
        *_stretches("x", again_us, healed_us),
        ("x", Gap(healed_us, Cause.CUT, State.HEALED, caught_up_us)),
        *_stretches("x", caught_up_us, to_us),
        *_stretches("wikimedia", now_us - 31 * _MINUTE_US, now_us - _MINUTE_US),
        ("wikimedia", Gap(now_us - _MINUTE_US, Cause.CUT)),
    ]


def fill_coverage(settings: MysqlSettings, told: Told) -> None:
    now_us = us(datetime.now(UTC))
    records = [
        Record(
            msgspec.json.encode(value), offset, topic="coverage", headers=headers_of(source, now_us)
        )
        for offset, (source, value) in enumerate(told)
    ]
    with job_driver(settings, JOB) as running:
        running.merge(records)
    lately = datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None) - timedelta(minutes=10)
    with mysql.connect(settings, "writer") as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO oddity_minutes (minute_at, source, kind, records) VALUES (%s, %s, %s, %s)",
            [(at.replace(second=0), *odd) for at in (BEGIN_AT, lately) for odd in ODDITIES],
        )
        connection.commit()


def _stretches(source: str, begin_us: int, end_us: int) -> Told:
    step = 10_000_000
    return [(source, Covered(at, min(at + step, end_us))) for at in range(begin_us, end_us, step)]
