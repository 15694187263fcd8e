"""An hour in two minutes, of three sources at once: cuts, silence, a cursor too old, and producers
killed on the way.

What is in Kafka, the tables and the lake is what was sent, each once, less exactly what the ledger
of gaps calls lost.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from e2e.arrived import event_ids, in_lake, is_through, kafka_records, placed
from e2e.hour_sources import HOURS, HourSource
from e2e.pipeline import Pipeline, new_pipeline
from e2e.stored import differences
from e2e.supervisor import Running, Supervisor, program
from posts_job import PATIENCE_S
from servers import MysqlServer
from stand_ins.clock import FastClock
from stand_ins.hour import Outage
from waiting import wait_until

from tidemark.contracts.topics import EDITS, POSTS, REJECTED, Topic
from tidemark.lake.location import LakeLocation
from tidemark.stack.embedded.kafka import Kafka

OUTAGES = (
    Outage(600, 720),
    Outage(1200, 1440, is_silent=True),
    Outage(2400, 3120, forgotten_until_s=2880),
)
KILLED_AT_S = (0, 1560, 2460)
"""Before the first event, when all is well, and amid an outage."""
PROGRAM = Path(__file__).with_name("hour_producer.py")


@dataclass(frozen=True)
class Played:
    """The hour is over, and all that came of it is where it belongs."""

    pipeline: Pipeline
    place: LakeLocation
    sources: list[HourSource]


@pytest.fixture(scope="module")
def played(
    kafka: Kafka, mysql: MysqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("hour")
    place = LakeLocation(str(folder / "lake"))
    with ExitStack() as open_things:
        pipeline = open_things.enter_context(new_pipeline(kafka, mysql, folder))
        job = pipeline.start_job(name="all", LAKE__PATH=place.uri, LAKE__EVERY_S=10)
        job.wait_until_ready()
        clock = FastClock(time.time_ns() // 1000)
        sources = [open_things.enter_context(make(clock, outages=OUTAGES)) for make in HOURS]
        with Supervisor() as producers:
            play(pipeline, clock, sources, producers)

        def all_is_through() -> bool:
            assert job.is_running(), job.log()
            return is_through(pipeline, place)

        wait_until(all_is_through, patience_s=PATIENCE_S)
        yield Played(pipeline, place, sources)


def play(
    pipeline: Pipeline, clock: FastClock, sources: list[HourSource], producers: Supervisor
) -> None:
    for source in sources:
        producers.add(source.name, lambda source=source: listen(pipeline, clock, source))  # type: ignore[misc]
    for at_s in KILLED_AT_S:
        for source in sources:
            producers.wait_until(
                lambda s=source, at_s=at_s: s.hour.joined != [] and s.hour.now_s >= at_s,  # type: ignore[misc]
            )
            producers.kill(source.name)
            assert at_s < OUTAGES[-1].from_s or met_again(source, KILLED_AT_S[1]), (
                "the machine is too slow for the script"
            )
    for source in sources:
        producers.wait_until(source.hour.is_over)

    def all_came() -> bool:
        return all(
            event_ids(kafka_records(pipeline.kafka.bootstrap, source.topic), source.name)
            == source.event_ids(source.healable())
            for source in sources
        )

    with suppress(AssertionError):  # the tests say what is missing
        producers.wait_until(all_came, patience_s=60)
    assert set(producers.started.values()) == {1 + len(KILLED_AT_S)}


def met_again(source: HourSource, after_s: int) -> bool:
    """Whether a producer that was killed then had connected before the last outage."""
    hour = source.hour
    return any(
        hour.number_at(after_s) < number < hour.number_at(OUTAGES[-1].from_s)
        for number in hour.joined
    )


def listen(pipeline: Pipeline, clock: FastClock, source: HourSource) -> Running:
    settings = pipeline.environment(pipeline.folder / source.name, **source.settings())
    tests = PROGRAM.parents[1]
    path = os.pathsep.join([str(tests), str(tests / "support"), os.environ.get("PYTHONPATH", "")])
    log_file = pipeline.folder / f"{source.name}.log"
    return program(
        [sys.executable, str(PROGRAM), source.name, str(clock.began_us)],
        settings | {"PYTHONPATH": path},
        log_file,
    )


@pytest.fixture(params=[made.name for made in HOURS])
def source(played: Played, request: pytest.FixtureRequest) -> HourSource:
    (found,) = (source for source in played.sources if source.name == request.param)
    return found


def test_each_event_is_in_kafka_once_but_those_that_nobody_can_get_any_more(
    played: Played, source: HourSource
) -> None:
    records = kafka_records(played.pipeline.kafka.bootstrap, source.topic)

    assert len(source.unhealable()) > 100
    assert len(source.healable()) > 2_000
    assert event_ids(records, source.name) == source.event_ids(source.healable())


def test_the_ledger_calls_lost_just_when_those_were_sent_and_all_else_healed(
    played: Played, source: HourSource
) -> None:
    found = played.pipeline.stored.rows(
        "SELECT began_at, ended_at, state, events FROM {db}.source_gaps WHERE source = %s",
        source.name,
    )
    times_us = [at_us for at_us, _ in source.hour.events]
    gaps = [
        (us(began_at), us(ended_at), state, events) for began_at, ended_at, state, events in found
    ]
    gaps = [
        gap for gap in gaps if gap[0] < times_us[-1]
    ]  # afterwards nothing comes, and some call that a gap
    lost = source.unhealable()

    assert [state for *_, state, _ in gaps if state != "healed"] == ["lost"]
    ((began_at, ended_at, _, came),) = (gap for gap in gaps if gap[2] == "lost")
    first, last = times_us[lost.start], times_us[lost.stop - 1]
    assert began_at < first < last < ended_at
    # Of what was sent meanwhile the rest came: as many as it says, and what it heard before it knew
    # that it hears.
    rest = sum(began_at < at_us < ended_at for at_us in times_us) - len(lost)
    heard_again_us = times_us[min(number for number in source.hour.joined if number >= lost.stop)]
    heard_again = sum(heard_again_us <= at_us < ended_at for at_us in times_us)
    assert came <= rest <= came + heard_again
    for outage in OUTAGES[:2]:
        missed = times_us[source.hour.number_at(outage.from_s)]
        assert any(began < missed < ended for began, ended, *_ in gaps)


def test_the_tables_hold_them_and_their_sums(played: Played, source: HourSource) -> None:
    assert differences(source.stored(played.pipeline), source.recomputed(played.pipeline)) == []


def test_no_second_of_a_gap_was_heard_and_the_others_were(
    played: Played, source: HourSource
) -> None:
    ((in_gaps,),) = played.pipeline.stored.rows(
        """
        WITH RECURSIVE numbers (second) AS (SELECT 0 UNION ALL SELECT second + 1 FROM numbers WHERE second < 59)
        SELECT COUNT(*) FROM {db}.source_minutes minutes JOIN numbers ON seconds >> second & 1
        JOIN {db}.source_gaps gaps ON gaps.source = minutes.source
          AND minute_at + INTERVAL second SECOND >= began_at AND minute_at + INTERVAL second SECOND < ended_at
        WHERE gaps.source = %s
        """,
        source.name,
    )
    ((heard_s,),) = played.pipeline.stored.rows(
        "SELECT SUM(heard_s) FROM {db}.source_minutes WHERE source = %s", source.name
    )

    assert in_gaps == 0
    assert int(heard_s) > 1_500


@pytest.mark.parametrize("topic", [POSTS, EDITS, REJECTED], ids=lambda topic: topic.name)
def test_the_lake_holds_every_record_once(played: Played, topic: Topic) -> None:
    assert in_lake(played.place, topic) == placed(
        kafka_records(played.pipeline.kafka.bootstrap, topic)
    )


def us(at: datetime | None) -> int:
    """µs since 1970; 0 for none."""
    return 0 if at is None else round(at.replace(tzinfo=UTC).timestamp() * 1_000_000)
