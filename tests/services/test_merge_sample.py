"""Events as the demo makes them up, edited, deleted and broken ones among them, give the tables that a
recount gives."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from drivers import ask, driver
from e2e import recompute_live
from e2e.recompute import COLUMNS, recompute
from e2e.stored import differences
from edit_drivers import edits_driver, stored_edits
from job_drivers import TOPIC_ID, JobDriver, job_driver
from kafka_records import Record, headers_of
from recompute_edits import recompute_edits

from producer.sources.base.signals import Item
from producer.sources.sample.source import Sample
from spark_jobs import coverage_job
from tidemark.contracts.topics import COVERAGE, EDITS, POSTS, Topic
from tidemark.settings import MysqlSettings, SampleSettings

NOW_US = 1_772_370_000_000_000
PAST_S = 3600
EPOCH = datetime(1970, 1, 1)
US = 1_000_000


class HourLater:
    """A clock at which all of the past hour's events are due; a millisecond passes between any two."""

    def __init__(self) -> None:
        self._calls = 0

    def now_us(self) -> int:
        self._calls += 1
        return NOW_US + self._calls * 1_000

    def elapsed_s(self) -> float:
        return 0

    def sleep(self, _seconds: float) -> None:
        pass


def made_up(*networks: str, rate: float = 20) -> Iterator[Item]:
    """Yield what is made up of the past hour."""
    settings = SampleSettings.model_validate({"rate": rate, "networks": list(networks)})
    for signal in Sample(settings, HourLater()).events(None):
        if not isinstance(signal, Item) or int(signal.cursor["second"]) >= NOW_US // US:
            return
        yield signal


def records_of(topic: Topic, items: Iterable[Item]) -> list[Record]:
    """Return those of a topic, as they lie in one partition."""
    events = [item.event for item in items if item.topic is topic]
    return [
        Record(
            event.value,
            offset,
            topic=topic.name,
            headers=headers_of(event.source, event.received_at),
        )
        for offset, event in enumerate(events)
    ]


def merge(running: JobDriver, records: Sequence[Record]) -> None:
    for first in range(0, len(records), 4_000):
        running.merge(records[first : first + 4_000])


def stored_of(tables: MysqlSettings, records: Sequence[Record]) -> list[bytes]:
    """Return the payloads that were not rejected, and check that only few were."""
    rejected = {offset for (offset,) in ask(tables, "SELECT kafka_offset FROM rejected")}
    assert 0 < len(rejected) < 0.025 * len(records)
    return [record.value or b"" for record in records if record.offset not in rejected]


def test_the_tables_of_the_demo_are_those_of_a_recount(tables: MysqlSettings) -> None:
    records = records_of(POSTS, made_up("x"))[:12_000]

    with driver(tables) as running:
        merge(running, records)

    found = {
        table: ask(tables, f"SELECT {', '.join(columns)} FROM {table}")
        for table, columns in COLUMNS.items()
    }
    assert differences(found, recompute(stored_of(tables, records), "sample")) == []


@pytest.mark.parametrize("network", ["bluesky", "mastodon"])
def test_posts_of_another_network_are_those_of_a_recount(
    tables: MysqlSettings, network: str
) -> None:
    records = records_of(POSTS, made_up(network))
    with driver(tables) as running:
        merge(running, records)

    stored = stored_of(tables, records)
    if network == "bluesky":
        messages = [value for value in stored if b'"kind"' in value]
        profiles = {json.loads(value)["did"]: value for value in stored if b'"kind"' not in value}
        expected = recompute_live.bluesky(messages, profiles)
    else:
        expected = recompute_live.mastodon(stored)
    for name, question in recompute_live.QUESTIONS.items():
        asked = question.format(db=tables.database).replace("%s", f"'sample_{network}'")
        assert sorted(ask(tables, asked), key=repr) == expected[name], name
    assert all(expected.values())


def test_edits_are_those_of_a_recount(tables: MysqlSettings) -> None:
    records = records_of(EDITS, made_up("wikimedia"))
    with edits_driver(tables) as running:
        merge(running, records)

    assert stored_edits(tables) == recompute_edits([records], TOPIC_ID)


def test_covered_seconds_and_gaps_of_a_network_are_the_whole_hour(tables: MysqlSettings) -> None:
    records = records_of(COVERAGE, made_up("bluesky", "mastodon", "wikimedia", rate=1))
    with job_driver(tables, coverage_job.JOB) as running:
        merge(running, records)

    for network in ("bluesky", "mastodon", "wikimedia"):
        of_network = f"WHERE source = 'sample_{network}'"
        covered: Counter[datetime] = Counter()
        minutes = ask(tables, f"SELECT minute_at, seconds FROM source_minutes {of_network}")
        for minute_at, bits in minutes:
            covered.update(minute_at + timedelta(seconds=s) for s in range(60) if bits >> s & 1)
        gaps = ask(tables, f"SELECT began_at, ended_at, state FROM source_gaps {of_network}")
        for began_at, ended_at, _ in gaps:
            missed_s = int((ended_at - began_at).total_seconds())
            covered.update(began_at + timedelta(seconds=s) for s in range(missed_s))
        past = range(NOW_US // US - PAST_S, NOW_US // US - 10)
        assert {covered[EPOCH + timedelta(seconds=second)] for second in past} == {1}
        assert {state for *_, state in gaps} == {"healed", "lost"}
