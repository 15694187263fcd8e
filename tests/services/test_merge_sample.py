"""Posts as the demo makes them up, edited and broken ones among them, give the tables that a
recount gives."""

from drivers import ask, driver
from e2e.recompute import COLUMNS, recompute
from e2e.stored import differences
from kafka_records import Record, headers_of

from producer.sources.sample.source import Sample
from tidemark.contracts.events import Event
from tidemark.settings import MysqlSettings, SampleSettings


class HourLater:
    """A clock at which all of the past hour's posts are due."""

    def now_us(self) -> int:
        return 1_772_370_000_000_000

    def elapsed_s(self) -> float:
        return 0

    def sleep(self, _seconds: float) -> None:
        pass


def made_up(count: int) -> list[Event]:
    source = Sample(SampleSettings(rate=20), HourLater())
    events = (received[0] for received in source.events(None) if isinstance(received, tuple))
    return [next(events) for _ in range(count)]


def test_the_tables_of_the_demo_are_those_of_a_recount(tables: MysqlSettings) -> None:
    events = made_up(12_000)
    records = [
        Record(event.value, offset, headers=headers_of("sample", event.received_at))
        for offset, event in enumerate(events)
    ]

    with driver(tables) as running:
        for first in range(0, len(records), 4_000):
            running.merge(records[first : first + 4_000])

    rejected = {offset for (offset,) in ask(tables, "SELECT kafka_offset FROM rejected")}
    read = [record.value or b"" for record in records if record.offset not in rejected]
    found = {
        table: ask(tables, f"SELECT {', '.join(columns)} FROM {table}")
        for table, columns in COLUMNS.items()
    }
    assert differences(found, recompute(read, "sample")) == []
    assert 0 < len(rejected) < 300
