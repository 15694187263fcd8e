"""Killed at every step, with its checkpoint damaged, doubled: the tables end as if nothing had
happened.

A step is held by a lock that the test has, so that the kill hits it and not the moment after.
"""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from e2e.made_up import made_up
from e2e.pipeline import Pipeline
from posts_job import PATIENCE_S, PostsJob
from waiting import wait_until, wait_until_gone

from tidemark import mysql, named_lock

ROWS_PER_BATCH = 250


@contextmanager
def held(pipeline: Pipeline, table: str) -> Iterator[None]:
    """No other transaction may change the table, nor add to it."""
    with mysql.connect(pipeline.settings, "root") as connection, connection.cursor() as cursor:
        cursor.execute(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        )  # locks the gaps between rows as well
        cursor.execute(f"SELECT * FROM `{pipeline.settings.database}`.{table} FOR UPDATE")
        cursor.fetchall()
        yield
        connection.rollback()


@contextmanager
def held_in_place(pipeline: Pipeline) -> Iterator[None]:
    """The staging tables may be written, but not emptied."""
    with mysql.connect(pipeline.settings, "root") as connection, connection.cursor() as cursor:
        cursor.execute("START TRANSACTION")
        for table in staging_tables(pipeline):
            cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
            cursor.fetchall()
        yield
        connection.rollback()


def staging_tables(pipeline: Pipeline) -> list[str]:
    found = pipeline.stored.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s",
        mysql.stage_name(pipeline.settings),
    )
    return [f"`{mysql.stage_name(pipeline.settings)}`.`{name}`" for (name,) in found]


def runs(pipeline: Pipeline, statement: str) -> bool:
    """Whether the job is at a statement that begins so."""
    found = pipeline.stored.rows(
        "SELECT info FROM information_schema.processlist WHERE user = 'tidemark_writer' AND info IS NOT NULL"
    )
    return any(" ".join(str(info).split()).startswith(statement) for (info,) in found)


def has_staged_a_part(pipeline: Pipeline) -> bool:
    """Whether a batch is on its way into the staging tables, seen before it is committed there."""
    pipeline.stored.change("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
    counts = [
        pipeline.stored.rows(f"SELECT COUNT(*) FROM {table}") for table in staging_tables(pipeline)
    ]
    pipeline.stored.change("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    return any(count for ((count,),) in counts)


def wait_for(condition: Callable[[], bool], job: PostsJob) -> None:
    def happens() -> bool:
        assert job.is_running(), job.log()
        return condition()

    wait_until(happens, patience_s=PATIENCE_S)


def test_killed_at_every_step_it_loses_and_doubles_nothing(pipeline: Pipeline) -> None:
    job = pipeline.start_job(max_rows=ROWS_PER_BATCH)
    pipeline.send_posts(made_up(1000))
    wait_for(lambda: has_staged_a_part(pipeline), job)
    job.kill_all()

    # The first thing that a merge changes, one in its middle, and the last.
    for step, table in enumerate(("ledger", "hashtags", "job_progress"), start=1):
        job = pipeline.start_job(max_rows=ROWS_PER_BATCH)
        pipeline.wait_until_drained(job)
        with held(pipeline, table):
            pipeline.send_posts(made_up(1000, first=1000 * step))
            wait_for(lambda table=table: runs(pipeline, f"INSERT INTO {table} "), job)  # type: ignore[misc]
            job.kill_driver() if step % 2 else job.kill_all()
        assert pipeline.differences() != []

    job = pipeline.start_job(max_rows=ROWS_PER_BATCH)
    pipeline.wait_until_drained(job)
    with held_in_place(pipeline):
        pipeline.send_posts(made_up(1000, first=4000))
        wait_for(lambda: runs(pipeline, "TRUNCATE TABLE"), job)
        job.kill_driver()

    job = pipeline.start_job(max_rows=ROWS_PER_BATCH)
    pipeline.wait_until_drained(job)

    assert pipeline.differences() == []
    assert pipeline.stored.records_counted() == (len(pipeline.sent), 0)


def test_without_the_end_of_its_checkpoint_or_all_of_it_the_job_goes_on_where_the_ledger_is(
    pipeline: Pipeline,
) -> None:
    def delete_newest_commit() -> None:
        commits = [
            path for path in (pipeline.checkpoint / "commits").iterdir() if path.name.isdigit()
        ]
        max(commits, key=lambda path: int(path.name)).unlink()

    def delete_checkpoint() -> None:
        shutil.rmtree(pipeline.checkpoint)

    pipeline.send_posts(made_up(1500))
    for round_, damage in enumerate((delete_newest_commit, delete_checkpoint)):
        job = pipeline.start_job(max_rows=ROWS_PER_BATCH)
        pipeline.wait_until_drained(job)
        job.kill_all()
        damage()
        pipeline.send_posts(made_up(500, first=2000 + round_ * 500))

    job = pipeline.start_job(max_rows=ROWS_PER_BATCH)
    pipeline.wait_until_drained(job)

    assert pipeline.differences() == []
    assert pipeline.stored.records_counted() == (len(pipeline.sent), 0)


def test_of_two_drivers_one_works_and_a_third_takes_over_when_the_first_has_lost_its_lock(
    pipeline: Pipeline,
) -> None:
    first = pipeline.start_job()
    first.wait_until_ready()
    second = pipeline.start_job()
    pipeline.send_posts(made_up(1000))

    assert second.wait() == 1
    assert [
        line for line in second.errors() if "another driver of job posts is running" in line
    ] == second.errors()
    assert len(second.errors()) == 1
    assert not second.processes()
    pipeline.wait_until_drained(first)
    assert pipeline.differences() == []

    third = pipeline.start_job(data_dir="elsewhere")
    # Asleep, it does not notice that the server has closed its connection, and with it given up its
    # lock.
    first.send_signal(signal.SIGSTOP)
    for (connection,) in pipeline.stored.rows("SELECT IS_USED_LOCK(%s)", lock_name(pipeline)):
        pipeline.stored.change(f"KILL {connection}")
    third.wait_until_ready()
    pipeline.send_posts(made_up(1000, first=1000))
    pipeline.wait_until_drained(third)
    first.send_signal(signal.SIGCONT)

    assert first.wait() == 1
    assert len(first.errors()) == 1, first.log()
    wait_until_gone(first.processes)
    pipeline.send_posts(made_up(100, first=2000))
    pipeline.wait_until_drained(third)
    assert pipeline.differences() == []
    assert pipeline.stored.records_counted() == (len(pipeline.sent), 0)


def lock_name(pipeline: Pipeline) -> str:
    return named_lock.lock_name(pipeline.settings, "writer", "job posts")


def test_a_ledger_that_is_wound_back_doubles_nothing(pipeline: Pipeline) -> None:
    pipeline.send([(b"no json", [])] * 50)
    pipeline.send_posts(made_up(1000))
    job = pipeline.start_job()
    pipeline.wait_until_drained(job)
    job.stop()
    before, refused_before = pipeline.stored.tables(), pipeline.stored.rejected()
    # One partition from its beginning, the other from its middle.
    pipeline.stored.change(
        "UPDATE {db}.ledger SET next_offset = 400 * kafka_partition WHERE topic = 'posts'"
    )

    job = pipeline.start_job()
    pipeline.wait_until_drained(job)

    assert pipeline.stored.tables() == before
    assert pipeline.stored.rejected() == refused_before
    assert pipeline.differences() == []
