"""The publisher against a real Kafka."""

import asyncio
import gc
import secrets
import threading
from pathlib import Path
from random import Random
from typing import Any

import pytest
from kafka import KafkaAdminClient
from stand_ins.clock import FakeClock
from stand_ins.kafka_tail import Tail

from producer.cursor import CursorFile, SavedPosition
from producer.kafka.publisher import KafkaPublisher
from producer.kafka.recovery import recover_tail
from producer.run import run
from producer.sources.replay.source import Replay
from tidemark.contracts.events import MAX_PAYLOAD_BYTES, Event
from tidemark.contracts.topics import POSTS, REJECTED, Topic
from tidemark.errors import DeliveryError, SetupError, UnreachableError
from tidemark.settings import KafkaSettings
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.embedded.ports import free_port
from tidemark.stack.embedded.server import bring_up
from tidemark.stack.java import find_java
from tidemark.stack.project import FOLDER
from tidemark.stack.topics import make_topics


@pytest.fixture
def topic(kafka: Kafka) -> Topic:
    """A new topic of two partitions, and `rejected` beside it."""
    new = Topic(f"t-{secrets.token_hex(6)}", retention_hours=1, retention_bytes=1 << 30)
    make_topics(KafkaSettings(bootstrap=kafka.bootstrap, partitions=2), [new, REJECTED])
    return new


def events(first: int, last: int, size_bytes: int = 0) -> list[Event]:
    return [
        Event(
            b"%d" % number + b"." * size_bytes,
            "x",
            1000 + number,
            key=b"author-%d" % (number % 7),
            event_id=f"x:{number}",
        )
        for number in range(first, last + 1)
    ]


def publisher(bootstrap: str, topic: Topic, **options: Any) -> KafkaPublisher[Any]:
    return KafkaPublisher(bootstrap, [topic, REJECTED], threading.Event(), **options)


def test_records_arrive_byte_for_byte_with_their_headers_and_an_author_in_one_partition(
    kafka: Kafka, topic: Topic
) -> None:
    tail = Tail(kafka.bootstrap, topic)
    hostile = [
        b"",
        b"\x00\xff\xfe",
        '{"text":"\u2028 \U0001f600"}'.encode(),
        Random(7).randbytes(MAX_PAYLOAD_BYTES),
    ]
    sent = [
        *events(1, 500),
        *(
            Event(value, "sample", 5, key=b"k", event_id="x:9", rules=("a", "b"))
            for value in hostile
        ),
        Event(b"no key, no id", "x", 6),
    ]
    kafka_publisher = publisher(kafka.bootstrap, topic)

    for number, event in enumerate(sent):
        kafka_publisher.publish(topic, event, {"number": number})
    kafka_publisher.flush(20)
    kafka_publisher.close()

    received = sorted((record.value, record.key, tuple(record.headers)) for record in tail.read())
    tail.close()
    assert received == sorted((event.value, event.key, tuple(event.headers())) for event in sent)
    partitions = {record.key: record.partition for record in tail.records if record.key}
    assert [
        (r.key, r.partition) for r in tail.records if r.key and partitions[r.key] != r.partition
    ] == []
    numbers = [int(r.value) for r in tail.records if r.key == b"author-3"]
    assert numbers == sorted(numbers)
    assert kafka_publisher.acknowledged() == {"number": len(sent) - 1}


def test_a_payload_over_the_limit_goes_to_rejected_with_its_head(
    kafka: Kafka, topic: Topic, tmp_path: Path
) -> None:
    tail = Tail(kafka.bootstrap, REJECTED)
    large = b'{"data":{"id":"1","author_id":"7"},"text":"' + b"x" * MAX_PAYLOAD_BYTES + b'"}'
    file = tmp_path / "posts.jsonl"
    file.write_bytes(large + b"\n")
    clock = FakeClock()
    make_topics(KafkaSettings(bootstrap=kafka.bootstrap, partitions=2), [POSTS])
    kafka_publisher = publisher(kafka.bootstrap, POSTS)

    run(
        Replay(file, clock),
        kafka_publisher,
        CursorFile(tmp_path, "replay"),
        threading.Event(),
        clock,
    )
    kafka_publisher.close()

    (record,) = tail.read()
    tail.close()
    assert (record.value, record.key) == (large[:65536], b"7")
    assert dict(record.headers) == {
        "source": b"x",
        "event_id": b"x:1",
        "received_at": b"1790000000000000",
        "reason": b"too_large",
    }


def test_nothing_is_acknowledged_before_the_broker_has_it_and_all_is_after_a_flush(
    kafka: Kafka, topic: Topic
) -> None:
    tail = Tail(kafka.bootstrap, topic)
    kafka_publisher = publisher(kafka.bootstrap, topic)
    acknowledged, kept = [kafka_publisher.acknowledged()], []

    for number, event in enumerate(events(1, 2000, size_bytes=1500)):
        kafka_publisher.publish(topic, event, {"number": number})
        if number % 100 == 99:
            acknowledged.append(kafka_publisher.acknowledged())
            kept.append(len(tail.read()))
    kafka_publisher.flush(20)
    kafka_publisher.close()
    tail.close()

    assert acknowledged.pop(0) is None
    told = [0 if cursor is None else int(cursor["number"]) + 1 for cursor in acknowledged]
    assert [pair for pair in zip(told, kept, strict=True) if pair[0] > pair[1]] == []
    assert kafka_publisher.acknowledged() == {"number": 1999}


def test_what_was_sent_after_the_saved_cursor_is_not_sent_again(
    kafka: Kafka, topic: Topic, tmp_path: Path
) -> None:
    tail = Tail(kafka.bootstrap, topic)
    cursor_file = CursorFile(tmp_path, "x")
    sent = [*events(1, 150), Event(b"no id", "x", 6)]
    killed = publisher(kafka.bootstrap, topic)
    for number, event in enumerate(sent[:100]):
        killed.publish(topic, event, {"number": number})
        if number == 59:
            killed.flush(20)
            cursor_file.save(SavedPosition(killed.acknowledged(), sent_at=killed.sent_at))
    killed.publish(topic, sent[-1], {"number": 150})
    killed.flush(20)
    killed.close()

    next_one = publisher(kafka.bootstrap, topic)
    next_one.skip_tail(recover_tail(kafka.bootstrap, [topic, REJECTED], cursor_file))
    for number, event in enumerate(sent[60:], start=60):
        next_one.publish(topic, event, {"number": number})
    next_one.flush(20)
    next_one.close()

    assert sorted(record.value for record in tail.read()) == sorted(event.value for event in sent)
    tail.close()
    assert cursor_file.load().cursor == {"number": 59}
    assert next_one.acknowledged() == {"number": 150}


def test_a_broker_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(
        UnreachableError,
        match=r"Kafka at 127.0.0.1:\d+ does not answer .*TIDEMARK_KAFKA__BOOTSTRAP",
    ):
        publisher(f"127.0.0.1:{free_port()}", POSTS)


def test_a_topic_that_is_missing_is_one_clear_error_and_is_not_made(kafka: Kafka) -> None:
    missing = Topic("t-missing", retention_hours=1, retention_bytes=1)

    with pytest.raises(SetupError, match=r"no topic 't-missing'.*`tidemark prepare`"):
        publisher(kafka.bootstrap, missing)

    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    assert missing.name not in admin.list_topics()
    admin.close()


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
def test_a_broker_that_goes_away_is_an_error_and_nothing_after_the_cursor_is_forgotten(
    topic: Topic, tmp_path: Path
) -> None:
    folder = tmp_path / "kafka"
    server = Kafka(
        folder, jars=FOLDER / ".jars" / "kafka", java=find_java(), log_file=tmp_path / "kafka.log"
    )
    child = asyncio.run(bring_up(server))
    try:
        make_topics(KafkaSettings(bootstrap=server.bootstrap), [topic, REJECTED])
        kafka_publisher = publisher(server.bootstrap, topic, delivery_s=3)
        for event in events(1, 100):
            kafka_publisher.publish(topic, event, {"number": int(event.value)})
        kafka_publisher.flush(20)
    finally:
        child.stop()

    for event in events(101, 200):
        kafka_publisher.publish(topic, event, {"number": int(event.value)})
    with pytest.raises(DeliveryError, match="Kafka did not"):
        kafka_publisher.flush(20)

    assert kafka_publisher.acknowledged() == {"number": 100}
    kafka_publisher.close()
    gc.collect()  # kafka-python leaves a socket open for each vain attempt
