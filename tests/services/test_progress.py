"""How far a job has come, from its own account in the tables and the broker's."""

import secrets
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer

from tidemark import mysql
from tidemark.settings import KafkaSettings, MysqlSettings, Settings
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.health import job_problem, jobs_problem
from tidemark.stack.progress import JobProgress, TopicProgress, read_progress


def execute(tables: MysqlSettings, statement: str, *values: Any) -> None:
    with mysql.connect(tables, "writer") as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        connection.commit()


def topic_with(kafka: Kafka, records: dict[int, int]) -> str:
    """A new topic with so many records in each partition."""
    name = f"t-{secrets.token_hex(6)}"
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_topics(
        {name: {"num_partitions": len(records), "replication_factor": 1}}, wait_for_metadata=True
    )
    admin.close()
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    for partition, count in records.items():
        for _ in range(count):
            producer.send(name, b"x", partition=partition)
    producer.close()
    return name


def ledger(tables: MysqlSettings, job: str, topic: str, next_offsets: dict[int, int]) -> None:
    for partition, next_offset in next_offsets.items():
        execute(
            tables,
            "INSERT INTO ledger (job, topic, kafka_partition, topic_id, next_offset, updated_at)"
            " VALUES (%s, %s, %s, 'x', %s, UTC_TIMESTAMP())",
            *(job, topic, partition, next_offset),
        )


def account(tables: MysqlSettings, job: str, seconds_ago: int, **values: int) -> None:
    columns = {
        "batches": 0,
        "rows_read": 0,
        "rows_rejected": 0,
        "busy_ms": 0,
        "max_batch_ms": 0,
        "lag_rows": 0,
    }
    row = columns | values
    execute(
        tables,
        f"INSERT INTO job_progress (job, at, {', '.join(row)})"
        f" VALUES (%s, UTC_TIMESTAMP() - INTERVAL %s SECOND, {', '.join(['%s'] * len(row))})",
        *(job, seconds_ago, *row.values()),
    )


def test_what_waits_is_what_kafka_has_and_the_ledger_has_not(
    kafka: Kafka, tables: MysqlSettings
) -> None:
    full, empty = topic_with(kafka, {0: 7, 1: 5}), topic_with(kafka, {0: 0})
    ledger(tables, "posts", full, {0: 7, 1: 2})
    ledger(tables, "posts", empty, {0: 0})

    progress = read_progress(Settings(kafka=KafkaSettings(bootstrap=kafka.bootstrap), mysql=tables))

    assert [(job.job, sorted(job.topics, key=lambda topic: -topic.merged)) for job in progress] == [
        (
            "posts",
            [TopicProgress(full, merged=9, waiting=3), TopicProgress(empty, merged=0, waiting=0)],
        )
    ]


def test_rates_are_those_of_the_last_minute(kafka: Kafka, tables: MysqlSettings) -> None:
    topic = topic_with(kafka, {0: 0})
    ledger(tables, "busy", topic, {0: 0})
    ledger(tables, "idle", topic, {0: 0})
    account(tables, "busy", 3600, batches=9, rows_read=999_999, busy_ms=99_999, max_batch_ms=9_999)
    account(
        tables,
        "busy",
        40,
        batches=2,
        rows_read=3_000,
        rows_rejected=40,
        busy_ms=500,
        max_batch_ms=400,
    )
    account(tables, "busy", 20, batches=2, rows_read=1_000, busy_ms=300, max_batch_ms=200)

    busy, idle = read_progress(
        Settings(kafka=KafkaSettings(bootstrap=kafka.bootstrap), mysql=tables)
    )

    # Measured from the oldest row to now, which goes on while we ask.
    assert 4_000 / 50 < busy.rows_per_s <= 4_000 / 40
    assert 40 / 50 < busy.rejected_per_s <= 40 / 40
    assert (busy.batch_ms, busy.max_batch_ms) == (200, 400)
    assert idle == JobProgress(
        "idle", 0, 0, None, None, (TopicProgress(topic, merged=0, waiting=0),)
    )


def test_a_job_is_well_while_it_merges_what_waits(kafka: Kafka, tables: MysqlSettings) -> None:
    settings = Settings(kafka=KafkaSettings(bootstrap=kafka.bootstrap), mysql=tables)
    assert job_problem(settings, "posts") == "job posts has not begun"

    full = topic_with(kafka, {0: 7})
    ledger(tables, "posts", full, {0: 2})
    account(tables, "posts", 0)
    assert (
        job_problem(settings, "posts") == "5 records wait for job posts, and it has merged none yet"
    )

    account(tables, "posts", 5, batches=1, rows_read=2)
    assert job_problem(settings, "posts") is None


def test_a_job_that_has_merged_nothing_for_a_while_is_well_only_where_nothing_waits(
    kafka: Kafka, tables: MysqlSettings
) -> None:
    settings = Settings(kafka=KafkaSettings(bootstrap=kafka.bootstrap), mysql=tables)
    full = topic_with(kafka, {0: 7})
    ledger(tables, "posts", full, {0: 2})
    account(tables, "posts", 300, batches=1, rows_read=2)
    # A job that dies and is started again gives signs of life, and gets nowhere.
    account(tables, "posts", 0)

    problem = job_problem(settings, "posts")

    assert problem is not None
    assert problem.startswith("5 records wait for job posts, and it has merged none for 30")
    execute(tables, "UPDATE ledger SET next_offset = 7 WHERE topic = %s", full)
    assert job_problem(settings, "posts") is None


def test_all_jobs_are_well_where_each_of_them_is(kafka: Kafka, tables: MysqlSettings) -> None:
    settings = Settings(kafka=KafkaSettings(bootstrap=kafka.bootstrap), mysql=tables)
    assert jobs_problem(settings) == "no job has begun"

    full, empty = topic_with(kafka, {0: 7}), topic_with(kafka, {0: 0})
    ledger(tables, "coverage", empty, {0: 0})
    ledger(tables, "posts", full, {0: 7})
    assert jobs_problem(settings) is None

    ledger(tables, "edits", full, {0: 2})
    assert jobs_problem(settings) == "5 records wait for job edits, and it has merged none yet"
