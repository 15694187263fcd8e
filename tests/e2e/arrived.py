"""What has come to a topic of Kafka, and to its table of the lake."""

from collections.abc import Sequence
from typing import Any

from e2e.pipeline import Pipeline
from kafka import KafkaConsumer, TopicPartition
from kafka_records import Record

from spark_jobs.all_jobs import JOBS as ALL_JOBS
from spark_jobs.decode.lake_rows import LAKE_TOPICS
from tidemark.contracts.topics import Topic
from tidemark.lake.location import LakeLocation
from tidemark.lake.reader import Span, read
from tidemark.lake.table import LakeTable

JOBS = [job.name for job in ALL_JOBS]


def kafka_records(bootstrap: str, topic: Topic) -> list[Record]:
    """All there are, by partition in order; those of aborted transactions are none."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed"
    )
    try:
        places = [
            TopicPartition(topic.name, number)
            for number in consumer.partitions_for_topic(topic.name)
        ]
        consumer.assign(places)
        consumer.seek_to_beginning()
        end = consumer.end_offsets(places)
        found: dict[Any, list[Any]] = {place: [] for place in places}
        while any(consumer.position(place) < end[place] for place in places):
            for place, records in consumer.poll(timeout_ms=200).items():
                found[place] += records
    finally:
        consumer.close()
    return [
        Record(record.value, record.offset, place.partition, topic.name, record.headers)
        for place in sorted(found)
        for record in found[place]
    ]


def header(record: Record, name: str) -> str | None:
    value = dict(record.headers or ()).get(name)
    return None if value is None else value.decode()


def event_ids(records: Sequence[Record], source: str) -> list[str | None]:
    """Those of a source's records, sorted."""
    found = [header(record, "event_id") for record in records if header(record, "source") == source]
    return sorted(found, key=repr)


def lake_rows(place: LakeLocation, topic: Topic, *columns: str) -> list[dict[str, Any]]:
    table = LakeTable.find(place, topic.name)
    if table is None:
        return []
    return [
        row for batch in read(table, columns, Span(), table.files()) for row in batch.to_pylist()
    ]


def lake_offsets(place: LakeLocation, topic: str) -> dict[int, int]:
    """How far the table has come."""
    table = LakeTable.find(place, topic)
    return {} if table is None or table.offsets is None else dict(table.offsets.next_offsets)


def is_through(pipeline: Pipeline, place: LakeLocation) -> bool:
    """Whether jobs and lake have come to the end of the topics."""
    ends = pipeline.end_offsets()
    merged = {place: at for job in JOBS for place, at in pipeline.stored.next_offsets(job).items()}
    in_tables = {
        (topic, number): at
        for topic in LAKE_TOPICS
        for number, at in lake_offsets(place, topic).items()
    }
    return merged == ends and in_tables == {
        place: ends[place] for place in ends if place[0] in LAKE_TOPICS
    }


def in_lake(place: LakeLocation, topic: Topic) -> list[tuple[int, int, bytes | None, str]]:
    """Each row as placed(): partition, offset, value and source."""
    rows = lake_rows(place, topic, "kafka_partition", "kafka_offset", "value", "source")
    return sorted(tuple(row.values()) for row in rows)


def placed(records: Sequence[Record]) -> list[tuple[int, int, bytes | None, str | None]]:
    return sorted((r.partition, r.offset, r.value, header(r, "source")) for r in records)
