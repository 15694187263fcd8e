"""All jobs in one driver: each does its own work, and what ends one ends all, in one line."""

import os
import re
import signal

import psutil
import pytest
from e2e.made_up import made_up
from e2e.pipeline import Pipeline
from e2e.test_fence_kills import held
from edit_drivers import stored_edits
from edit_payloads import edited
from kafka import KafkaProducer
from kafka_records import RECEIVED_US, Record, headers_of
from posts_job import PATIENCE_S, PostsJob
from recompute_edits import recompute_edits
from waiting import wait_until, wait_until_gone

from tidemark import mysql
from tidemark.contracts.topics import EDITS
from tidemark.errors import EX_CONFIG
from tidemark.named_lock import lock_name


def send_edits(pipeline: Pipeline, first: int, count: int) -> list[Record]:
    """New edits, with their places."""
    producer = KafkaProducer(bootstrap_servers=pipeline.kafka.bootstrap, acks="all", linger_ms=5)
    try:
        waiting = []
        for number in range(first, first + count):
            value, headers = edited(f"e-{number}"), headers_of("wikimedia", RECEIVED_US + number)
            waiting.append(
                (
                    value,
                    headers,
                    producer.send(EDITS.name, key=value[:200], value=value, headers=headers),
                )
            )
        producer.flush(60)
        places = [(value, headers, future.get(1)) for value, headers, future in waiting]
        return [
            Record(value, at.offset, at.partition, EDITS.name, headers)
            for value, headers, at in places
        ]
    finally:
        producer.close()


def wait_until_merged(pipeline: Pipeline, job: PostsJob) -> None:
    """Both posts and edits."""
    pipeline.wait_until_drained(job)
    end = pipeline.end_offsets([EDITS])

    def is_merged() -> bool:
        assert job.is_running(), job.log()
        return pipeline.stored.next_offsets("edits") == end

    wait_until(is_merged, patience_s=PATIENCE_S)


def check_edits(pipeline: Pipeline, sent: list[Record]) -> None:
    ((topic_id,),) = pipeline.stored.rows(
        "SELECT DISTINCT topic_id FROM {db}.ledger WHERE topic = 'edits'"
    )
    assert stored_edits(pipeline.settings) == recompute_edits([sent], topic_id)


def test_one_driver_stores_posts_and_edits_and_goes_on_after_a_kill_and_a_stop(
    pipeline: Pipeline,
) -> None:
    job = pipeline.start_job(name="all", max_rows=250)
    job.wait_until_ready()
    pipeline.send_posts(made_up(1000))
    edits = send_edits(pipeline, 0, 1000)
    wait_until_merged(pipeline, job)
    with held(pipeline, "edits"):
        # A merge of edits that has to wait keeps no post waiting.
        edits += send_edits(pipeline, 1000, 1000)
        pipeline.send_posts(made_up(1000, first=1000))
        pipeline.wait_until_drained(job)
        job.kill_all()

    job = pipeline.start_job(name="all", max_rows=250)
    edits += send_edits(pipeline, 2000, 3000)
    pipeline.send_posts(made_up(3000, first=2000))
    job.wait_until_ready()
    job.stop()
    assert job.errors() == []
    job = pipeline.start_job(name="all")
    wait_until_merged(pipeline, job)

    assert pipeline.differences() == []
    check_edits(pipeline, edits)
    assert pipeline.stored.records_counted("posts") == (len(pipeline.sent), 0)
    assert pipeline.stored.records_counted("edits") == (len(edits), 0)


def test_what_is_wrong_with_one_job_stops_all_before_there_is_a_spark(pipeline: Pipeline) -> None:
    with mysql.connect(pipeline.settings, "root") as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT GET_LOCK(%s, 0)", (lock_name(pipeline.settings, "writer", "job edits"),)
        )
        cursor.fetchall()

        job = pipeline.start_job(name="all")

        assert job.wait() == 1
    (line,) = job.log().splitlines()
    assert "ERROR" in line
    assert "another driver of job edits is running on this database" in line
    assert line.endswith(" job=edits")


@pytest.mark.parametrize(
    ("posts", "merged"),
    [(0, 0), (20_000, 0), (20_000, 500)],
    ids=["at rest", "amid batches", "amid later batches"],
)
def test_where_spark_is_killed_under_it_the_driver_says_so_in_one_line_and_ends(
    pipeline: Pipeline, posts: int, merged: int
) -> None:
    job = pipeline.start_job(name="all", max_rows=500)
    job.wait_until_ready()
    (jvm,) = (pid for pid in job.processes() if psutil.Process(pid).name() == "java")
    pipeline.send_posts(made_up(posts))
    wait_until(
        lambda: sum(pipeline.stored.next_offsets().values()) >= merged, patience_s=PATIENCE_S
    )

    os.kill(jvm, signal.SIGKILL)

    assert job.wait() == 1
    (line,) = job.errors()
    assert "job stopped: Spark's JVM has ended" in line
    assert "Traceback" not in job.log()
    wait_until_gone(job.processes)


def test_where_mysql_takes_no_rows_from_spark_all_end_in_one_line_without_stacks(
    pipeline: Pipeline,
) -> None:
    job = pipeline.start_job(name="all")
    job.wait_until_ready()
    pipeline.stored.change("ALTER USER tidemark_writer ACCOUNT LOCK")  # who is connected stays so
    try:
        pipeline.send_posts(made_up(100))
        assert job.wait() == EX_CONFIG
    finally:
        pipeline.stored.change("ALTER USER tidemark_writer ACCOUNT UNLOCK")

    (line,) = job.errors()
    assert "MySQL took no batch from Spark, and nothing of it is stored: " in line
    assert "locked" in line
    assert re.findall(r"^\s+(?:at|File) .*", job.log(), re.MULTILINE) == []
    wait_until_gone(job.processes)


def test_a_job_that_fails_ends_all_in_one_line_and_leaves_nothing_running(
    pipeline: Pipeline,
) -> None:
    job = pipeline.start_job(name="all")
    pipeline.send_posts(made_up(100))
    pipeline.wait_until_drained(job)
    pipeline.stored.change("DROP TABLE {db}.edit_minutes")

    send_edits(pipeline, 0, 10)

    assert job.wait() == 1
    (line,) = job.errors()
    assert "MySQL refused a batch" in line
    assert "edit_minutes" in line
    assert line.endswith(" job=edits")
    wait_until_gone(job.processes)
    assert pipeline.differences() == []
