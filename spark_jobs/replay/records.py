"""Rows of the lake → the Kafka records that they were."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.kafka_batch import COLUMNS
from spark_jobs.merging.fence import Place
from spark_jobs.replay.topic import ReplayTopic
from tidemark.contracts.events import (
    EVENT_ID_HEADER,
    REASON_HEADER,
    RECEIVED_AT_HEADER,
    RULES_HEADER,
    SOURCE_HEADER,
)

_HEADER_MAP: Final = pa.map_(pa.string(), pa.binary())
_HEADERS: Final = pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))


def read_batches(
    topics: Sequence[ReplayTopic], start: Mapping[Place, int]
) -> Iterator[list[pa.RecordBatch]]:
    """Yield records of kafka_batch.COLUMNS: in turn a window of each partition, from `start` on,
    until all are read."""
    position = dict(start)
    unread = {(topic.state.name, partition) for topic in topics for partition in topic.state.latest}
    while unread:
        batch: list[pa.RecordBatch] = []
        for topic in topics:
            for partition, end in topic.state.latest.items():
                place = (topic.state.name, partition)
                if place not in unread:
                    continue
                window = topic.reader.read_next(
                    topic.state.topic_id, partition, position[place], end
                )
                if window is None:
                    unread.remove(place)
                    continue
                rows, position[place] = window
                batch += [_as_kafka(part, topic.state.name) for part in rows.to_batches()]
        if batch:
            yield batch


def count_records(topics: Sequence[ReplayTopic], start: Mapping[Place, int]) -> int:
    """Return how many offsets lie between `start` and the end of the lake."""
    return sum(
        end - start[topic.state.name, partition]
        for topic in topics
        for partition, end in topic.state.latest.items()
    )


def _as_kafka(rows: pa.RecordBatch, topic: str) -> pa.RecordBatch:
    columns = {
        "topic": pa.array([topic] * len(rows), pa.string()),
        "partition": rows["kafka_partition"],
        "offset": rows["kafka_offset"],
        "timestamp": rows["received_at"],
        "headers": _headers(rows),
        "value": rows["value"],
    }
    return pa.record_batch([columns[name] for name in COLUMNS], names=list(COLUMNS))


def _headers(rows: pa.RecordBatch) -> pa.Array:
    """Return each record's headers; one that the record did not have is null in its row."""
    received_at = pc.cast(rows["received_at"], pa.timestamp("us", "UTC"))
    texts = {
        SOURCE_HEADER: rows["source"],
        EVENT_ID_HEADER: rows["event_id"],
        RECEIVED_AT_HEADER: pc.cast(pc.cast(received_at, pa.int64()), pa.string()),
        RULES_HEADER: rows["rules"],
        REASON_HEADER: rows["reason"],
    }
    by_record = zip(*(column.to_pylist() for column in texts.values()), strict=True)
    headers = [
        [
            (name, text.encode())
            for name, text in zip(texts, values, strict=True)
            if text is not None
        ]
        for values in by_record
    ]
    return pa.array(headers, _HEADER_MAP).cast(_HEADERS)
