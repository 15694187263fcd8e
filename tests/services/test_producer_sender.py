"""The sender by itself, as a collector uses it, against a real Kafka."""

import asyncio
import secrets
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import groupby

import pytest
from stand_ins.kafka_tail import Tail

from producer.kafka.sender import Sender
from tidemark.contracts.events import Event
from tidemark.contracts.topics import Topic
from tidemark.errors import BacklogFullError, DeliveryError
from tidemark.settings import KafkaSettings
from tidemark.stack.broker import administer
from tidemark.stack.embedded.kafka import Kafka

THREADS = 8
EVENTS_A_THREAD = 500
REFUSED_FROM_BYTES = 20_000


@pytest.fixture
def topic(kafka: Kafka) -> Topic:
    """Make a topic that refuses large records, of two partitions."""
    new = Topic(f"t-{secrets.token_hex(6)}", retention_hours=1, retention_bytes=1 << 30)
    configs = {"max.message.bytes": str(REFUSED_FROM_BYTES)}
    with administer(KafkaSettings(bootstrap=kafka.bootstrap)) as admin:
        options = {"num_partitions": 2, "replication_factor": 1, "configs": configs}
        admin.create_topics({new.name: options})
        admin.wait_for_topics([new.name])
    return new


def hit(visitor: int, number: int) -> Event:
    value = b"%d/%d" % (visitor, number)
    return Event(value, "web", 1000 + number, key=b"visitor-%d" % visitor)


def test_many_threads_send_at_once_each_key_in_order_and_each_event_with_its_future(
    kafka: Kafka, topic: Topic
) -> None:
    tail = Tail(kafka.bootstrap, topic)
    sender = Sender(kafka.bootstrap, [topic])

    def send_all(visitor: int) -> list[Future[None]]:
        return [sender.send(topic, hit(visitor, number)) for number in range(EVENTS_A_THREAD)]

    with ThreadPoolExecutor(THREADS) as threads:
        futures = [future for sent in threads.map(send_all, range(THREADS)) for future in sent]
    wait(futures, timeout=20)
    stored = tail.read()
    sender.close()
    tail.close()

    assert [future.result(0) for future in futures] == [None] * THREADS * EVENTS_A_THREAD
    by_key = groupby(sorted(stored, key=lambda record: record.key), key=lambda record: record.key)
    assert {key: [record.value for record in records] for key, records in by_key} == {
        b"visitor-%d" % visitor: [hit(visitor, n).value for n in range(EVENTS_A_THREAD)]
        for visitor in range(THREADS)
    }


def test_a_refused_event_and_all_that_follow_fail_and_a_new_sender_goes_on(
    kafka: Kafka, topic: Topic
) -> None:
    tail = Tail(kafka.bootstrap, topic)
    sender, next_one = Sender(kafka.bootstrap, [topic]), Sender(kafka.bootstrap, [topic])
    noise = secrets.token_bytes(2 * REFUSED_FROM_BYTES)  # which lz4 makes no smaller

    before = sender.send(topic, hit(1, 1))
    assert before.result(20) is None
    refused = sender.send(topic, Event(noise, "web", 1002, key=b"visitor-1"))
    failed = [refused.exception(20), sender.send(topic, hit(1, 3)).exception(20)]
    sender.close()
    assert next_one.send(topic, hit(1, 3)).result(20) is None
    next_one.close()

    assert [type(error) for error in failed] == [DeliveryError, DeliveryError]
    assert "Kafka did not store an event: MessageSizeTooLarge" in str(failed[0])
    assert [record.value for record in tail.read()] == [b"1/1", b"1/3"]
    tail.close()


def test_an_event_loop_awaits_what_it_sends_and_a_cancelled_request_is_still_delivered(
    kafka: Kafka, topic: Topic
) -> None:
    tail = Tail(kafka.bootstrap, topic)
    sender = Sender(kafka.bootstrap, [topic])

    async def answer(number: int) -> int:
        await asyncio.wrap_future(sender.send(topic, hit(1, number)))
        return 202

    async def collect() -> list[int]:
        left_by_its_visitor = asyncio.create_task(answer(0))
        await asyncio.sleep(0)  # let it send
        left_by_its_visitor.cancel()
        return await asyncio.gather(*(answer(number) for number in range(1, 100)))

    assert asyncio.run(collect()) == [202] * 99
    assert [record.value for record in tail.read()] == [hit(1, n).value for n in range(100)]
    sender.close()
    tail.close()


def test_memory_is_bounded_a_full_sender_refuses_until_kafka_has_acknowledged_more(
    kafka: Kafka, topic: Topic
) -> None:
    tail = Tail(kafka.bootstrap, topic)
    sender = Sender(kafka.bootstrap, [topic], limit_bytes=64 << 10)
    refused = 0

    accepted: list[Future[None]] = []
    for number in range(2000):
        event = Event(b"%04d" % number + b"." * 1000, "web", number, key=b"k")
        while True:
            try:
                accepted.append(sender.send(topic, event))
                break
            except BacklogFullError:
                refused += 1
                in_flight = sum(not future.done() for future in accepted)
                assert in_flight * 1000 <= 64 << 10
                sender.wait_for_room(20)
    sender.flush(20)

    assert refused > 0
    assert [int(record.value[:4]) for record in tail.read()] == list(range(2000))
    sender.close()
    tail.close()
