"""A topic that is no longer what the ledger speaks of stops the job, in one line that says what was
found."""

import base64
import signal
import uuid

from e2e.arrived import in_lake, kafka_records, placed
from e2e.made_up import made_up
from e2e.pipeline import OF_POSTS, Pipeline, renew_topics
from kafka import KafkaProducer, TopicPartition
from posts_job import PATIENCE_S
from waiting import wait_until

from tidemark.contracts.topics import POSTS
from tidemark.errors import EX_CONFIG
from tidemark.lake.location import LakeLocation
from tidemark.stack.broker import administer


def topic_ids(pipeline: Pipeline) -> dict[str, str]:
    """As Kafka's own tools print them."""
    with administer(pipeline.kafka) as admin:
        described = admin.describe_topics(["posts", "rejected"])
    raw = {topic["name"]: uuid.UUID(str(topic["topic_id"])).bytes for topic in described}
    return {
        name: base64.urlsafe_b64encode(found).decode().rstrip("=") for name, found in raw.items()
    }


def write_ledger(pipeline: Pipeline, next_offsets: dict[tuple[str, int], int]) -> None:
    """As a job leaves it that has come so far."""
    ids = topic_ids(pipeline)
    for (topic, partition), offset in next_offsets.items():
        pipeline.stored.change(
            "INSERT INTO {db}.ledger VALUES ('posts', %s, %s, %s, %s, UTC_TIMESTAMP(3))",
            *(topic, partition, ids[topic], offset),
        )


def the_error_of_a_job_that_stops(pipeline: Pipeline) -> str:
    job = pipeline.start_job()
    assert job.wait() == EX_CONFIG
    assert not job.processes()
    (line,) = job.errors()
    assert len(job.log().splitlines()) == 1
    return line


def test_a_topic_made_anew_is_refused_by_name_and_ids(pipeline: Pipeline) -> None:
    pipeline.send_posts(made_up(100))
    write_ledger(pipeline, pipeline.end_offsets(OF_POSTS))
    before = topic_ids(pipeline)["posts"]
    renew_topics(pipeline.kafka)
    pipeline.send_posts(made_up(200))

    error = the_error_of_a_job_that_stops(pipeline)

    assert "topic posts " in error
    assert before in error
    assert topic_ids(pipeline)["posts"] in error
    assert pipeline.stored.rows("SELECT * FROM {db}.posts") == []


def test_records_that_kafka_dropped_before_they_were_stored_are_named(pipeline: Pipeline) -> None:
    write_ledger(pipeline, pipeline.end_offsets(OF_POSTS))
    pipeline.send_posts(made_up(100, repeats=False))
    with administer(pipeline.kafka) as admin:
        admin.delete_records({TopicPartition("posts", 1): 30})

    error = the_error_of_a_job_that_stops(pipeline)

    assert "posts/1: the ledger wants offset 0, the broker has 30 to 50" in error
    assert pipeline.stored.rows("SELECT * FROM {db}.posts") == []


def test_a_ledger_beyond_the_end_of_the_topic_is_named(pipeline: Pipeline) -> None:
    write_ledger(pipeline, pipeline.end_offsets(OF_POSTS) | {("posts", 0): 7})

    error = the_error_of_a_job_that_stops(pipeline)

    assert "posts/0: the ledger wants offset 7, the broker has 0 to 0" in error


def ids_stored(pipeline: Pipeline) -> set[str]:
    return {post_id for (post_id,) in pipeline.stored.rows("SELECT post_id FROM {db}.posts")}


def test_a_topic_made_anew_behind_the_back_of_a_running_job_stops_it(pipeline: Pipeline) -> None:
    job = pipeline.start_job()
    pipeline.send_posts(made_up(200))
    pipeline.wait_until_drained(job)
    former = ids_stored(pipeline)
    # Asleep, it does not see the moment when there is no topic; when it wakes up, its offsets are
    # there again.
    job.send_signal_to_all(signal.SIGSTOP)
    renew_topics(pipeline.kafka)
    pipeline.send_posts(made_up(1000, first=1000))
    job.send_signal_to_all(signal.SIGCONT)

    def has_stored_of_the_new() -> bool:
        return ids_stored(pipeline) != former

    wait_until(lambda: not job.is_running() or has_stored_of_the_new(), patience_s=PATIENCE_S)
    assert not has_stored_of_the_new()
    assert job.wait() == EX_CONFIG
    assert "topic posts " in "".join(job.errors())


def send_in_transactions(pipeline: Pipeline, *transactions: tuple[list[bytes], bool]) -> None:
    """Posts into partition 0; each transaction is committed, or aborted."""
    producer = KafkaProducer(
        bootstrap_servers=pipeline.kafka.bootstrap, acks="all", transactional_id="a-test"
    )
    try:
        producer.init_transactions()
        for payloads, is_committed in transactions:
            producer.begin_transaction()
            for payload in payloads:
                producer.send("posts", key=b"anybody", value=payload, partition=0)
            producer.flush(60)
            producer.commit_transaction() if is_committed else producer.abort_transaction()
            pipeline.sent += payloads if is_committed else []
    finally:
        producer.close()


def test_posts_in_transactions_arrive_and_their_markers_are_no_gap(pipeline: Pipeline) -> None:
    """Inside a batch, between batches, as the last of a topic, and where a batch has nothing
    else."""

    def posts(first: int, count: int = 10) -> list[bytes]:
        return made_up(count, first=first, repeats=False)

    lake = LakeLocation(str(pipeline.folder / "lake"))
    send_in_transactions(pipeline, (posts(0), True), (posts(100), False), (posts(200), True))
    job = pipeline.start_job(name="all", LAKE__PATH=lake.uri, LAKE__EVERY_S=1)
    pipeline.wait_until_drained(job)
    send_in_transactions(pipeline, (posts(300), True))
    pipeline.wait_until_drained(job)
    send_in_transactions(pipeline, (posts(400, 1), False), (posts(500, 1), False))
    pipeline.wait_until_drained(job)
    pipeline.send_posts(posts(600, 40))
    pipeline.wait_until_drained(job)
    wait_until(lambda: len(in_lake(lake, POSTS)) == len(pipeline.sent), patience_s=PATIENCE_S)

    assert pipeline.differences() == []
    assert in_lake(lake, POSTS) == placed(kafka_records(pipeline.kafka.bootstrap, POSTS))
    assert pipeline.stored.records_counted("posts") == (len(pipeline.sent), 0)
    job.stop()
    assert job.errors() == []
