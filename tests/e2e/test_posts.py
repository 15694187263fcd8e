"""Posts from a source to the tables, and every row compared with what a script of its own
computes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from e2e.made_up import made_up
from e2e.pipeline import Pipeline
from e2e.recompute import payloads_of
from e2e.x_posts import post_of
from kafka import KafkaConsumer, TopicPartition
from posts_job import PostsJob
from stand_ins.x_api import XApi, lines_of


def test_recorded_posts_of_x_arrive_through_tweepy_and_replay_row_by_row(
    running: Pipeline, job: PostsJob, recorded: Path
) -> None:
    v2, *v1 = (recorded / f"{name}.jsonl.gz" for name in ("x_v2", "x_v1_stream", "x_v1_search"))
    count = len(payloads_of(v2))
    with XApi(lines_of(v2)) as api:
        running.produce(
            "x",
            "stream",
            X__API_URL=api.url,
            X__BEARER_TOKEN=api.token,
            X__TRACK='["kpop"]',
            X__LIMIT=count,
        )
    for path in v1:
        running.replay(path, path.name)
    for path in (v2, *v1):
        running.sent.extend(payloads_of(path))

    running.wait_until_drained(job)

    assert running.differences() == []
    assert running.stored.rejected() == {}


def test_made_up_posts_arrive_through_replay_row_by_row(running: Pipeline, job: PostsJob) -> None:
    path = running.folder / "posts.jsonl"
    path.write_bytes(b"\n".join(made_up(3000)))
    running.replay(path, "made-up")
    running.sent.extend(payloads_of(path))

    running.wait_until_drained(job)

    assert running.differences() == []
    assert running.stored.rejected() == {}


def test_the_same_file_sent_again_changes_nothing(running: Pipeline, job: PostsJob) -> None:
    path = running.folder / "again.jsonl"
    path.write_bytes(b"\n".join(made_up(500, first=10_000)))
    running.replay(path, "once")
    running.sent.extend(payloads_of(path))
    running.wait_until_drained(job)
    before = running.stored.tables()

    running.replay(path, "twice")
    running.wait_until_drained(job)

    assert running.stored.tables() == before
    assert running.differences() == []


def test_every_post_knows_where_in_kafka_its_first_copy_lies_and_when_it_was_received(
    running: Pipeline, job: PostsJob
) -> None:
    running.send_posts(made_up(100, first=20_000))
    running.wait_until_drained(job)

    copies: dict[str, list[tuple[int, int, datetime]]] = {}
    for record in records_of(running):
        post_id = post_of(json.loads(record.value))["id"]
        copies.setdefault(post_id, []).append(
            (record.partition, record.offset, received_at(record))
        )

    places = running.stored.rows(
        "SELECT post_id, kafka_partition, kafka_offset, received_at FROM {db}.posts"
    )
    assert {post_id for post_id, *_ in places} == copies.keys()
    assert [
        post_id for post_id, *place in places if tuple(place) not in firsts(copies[post_id])
    ] == []


def firsts(copies: list[tuple[int, int, datetime]]) -> list[tuple[int, int, datetime]]:
    """The first copy in each partition: which of them came first Kafka does not tell."""
    by_partition = {partition: copy for copy in reversed(copies) for partition in [copy[0]]}
    return list(by_partition.values())


def records_of(pipeline: Pipeline) -> list[Any]:
    """All records of the topic, each partition in order."""
    consumer = KafkaConsumer(bootstrap_servers=pipeline.kafka.bootstrap, enable_auto_commit=False)
    try:
        places = [
            TopicPartition("posts", number) for number in consumer.partitions_for_topic("posts")
        ]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        end = consumer.end_offsets(places)
        found: list[Any] = []
        while any(consumer.position(place) < end[place] for place in places):
            for records in consumer.poll(timeout_ms=200).values():
                found.extend(records)
        return found
    finally:
        consumer.close()


def received_at(record: Any) -> datetime:
    """As its header says, or else when it came to Kafka."""
    stated = dict(record.headers).get("received_at")
    at_us = int(stated) if stated else record.timestamp * 1000
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).replace(tzinfo=None)


def test_sigterm_ends_the_job_in_seconds_and_leaves_nothing_running(
    running: Pipeline, job: PostsJob
) -> None:
    assert len(job.processes()) > 1

    job.stop()

    assert job.processes() == []
    assert job.errors() == []
