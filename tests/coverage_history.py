"""A small made-up past of hearing: stretches and gaps, merged as a job merges them."""

from datetime import UTC, datetime

import msgspec
from chart_history import BEGIN_AT
from job_drivers import job_driver
from kafka_records import Record, headers_of

from spark_jobs.coverage_job import JOB
from tidemark.contracts.coverage import Gap, Heard, State, Why
from tidemark.settings import MysqlSettings

BEGIN_US = round(BEGIN_AT.replace(tzinfo=UTC, second=0).timestamp()) * 1_000_000
_MINUTE_US = 60_000_000
LOST_AT = BEGIN_US + 30 * _MINUTE_US
"""wikimedia is not heard for five minutes and 15 s from here on."""


def fill_coverage(settings: MysqlSettings) -> None:
    """Two hours of two sources at BEGIN_US, and the last half hour of one, which is open at its end."""
    now_us = round(datetime.now(UTC).timestamp()) * 1_000_000
    lost = Gap(LOST_AT, Why.SILENCE, State.LOST, LOST_AT + 315_000_000)
    told: list[tuple[str, Gap | Heard]] = [
        *(("bluesky", stretch) for stretch in _stretches(BEGIN_US, 120)),
        *(("wikimedia", stretch) for stretch in _stretches(BEGIN_US, 120)),
        ("wikimedia", lost),
        *(("wikimedia", stretch) for stretch in _stretches(now_us - 31 * _MINUTE_US, 30)),
        ("wikimedia", Gap(now_us - _MINUTE_US, Why.CUT)),
    ]
    records = [
        Record(msgspec.json.encode(value), offset, topic="coverage", headers=headers_of(source, now_us))
        for offset, (source, value) in enumerate(told)
    ]
    with job_driver(settings, JOB) as running:
        running.merge(records)


def _stretches(begin_us: int, minutes: int) -> list[Heard]:
    step = 10_000_000
    return [Heard(at, at + step) for at in range(begin_us, begin_us + minutes * _MINUTE_US, step)]
