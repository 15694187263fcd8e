"""Who may write for a job, and from where."""

from collections.abc import Iterator
from typing import Any

import pytest
from drivers import ask, next_offsets, topic_states
from job_drivers import TOPIC_ID
from pydantic import SecretStr
from servers import MysqlServer

from spark_jobs.merging import ledger as ledger_module
from spark_jobs.merging.ledger import Ledger
from tidemark import mysql
from tidemark.errors import GapError, SecondDriverError, TopicReplacedError
from tidemark.named_lock import NAME_LENGTH, lock_name
from tidemark.settings import MysqlSettings
from tidemark.stack.accounts import make_accounts

FRESH = {("posts", 0): 5, ("posts", 1): 5, ("posts", 2): 5, ("rejected", 0): 5}


@pytest.fixture(autouse=True)
def _short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "LOCK_WAIT_S", 1)


@pytest.fixture
def connection(tables: MysqlSettings) -> Iterator[Any]:
    with mysql.connect(tables, "writer") as connection:
        yield connection


def test_a_second_driver_of_a_job_is_refused_until_the_first_is_gone(
    tables: MysqlSettings, connection: Any
) -> None:
    Ledger(connection, "posts", tables).lock()

    with mysql.connect(tables, "writer") as other:
        with pytest.raises(SecondDriverError, match=r"another driver of job posts .*; stop it"):
            Ledger(other, "posts", tables).lock()
        connection.close()
        Ledger(other, "posts", tables).lock()


def test_who_may_only_read_cannot_keep_a_job_from_starting(
    tables: MysqlSettings, connection: Any
) -> None:
    with mysql.connect(tables, "reader") as reader, reader.cursor() as cursor:
        for name in (f"tidemark {tables.database} posts", f"{tables.database} posts", "posts"):
            cursor.execute("SELECT GET_LOCK(%s, 0)", (name,))
            cursor.fetchall()

        Ledger(connection, "posts", tables).lock()


def test_the_name_of_a_lock_depends_on_the_password_the_database_and_the_work(
    tables: MysqlSettings,
) -> None:
    others = [
        tables.model_copy(update={"database": "other"}),
        tables.model_copy(update={"writer_password": SecretStr("other")}),
    ]
    names = {
        lock_name(settings, "writer", work)
        for settings in (tables, *others)
        for work in ("job posts", "job edits")
    }
    names.add(lock_name(tables, "migrator", "job posts"))

    assert len(names) == 7
    assert {len(name) for name in names} == {NAME_LENGTH}


def test_other_jobs_and_other_databases_have_locks_of_their_own(
    tables: MysqlSettings, connection: Any, mysql_server: MysqlSettings
) -> None:
    Ledger(connection, "posts", tables).lock()

    with mysql.connect(tables, "writer") as other:
        Ledger(other, "edits", tables).lock()
    with mysql.connect(mysql_server, "writer") as other:
        Ledger(other, "posts", mysql_server).lock()


@pytest.fixture
def mysql_server(mysql: MysqlServer) -> Iterator[MysqlSettings]:
    """Another database of the same server."""
    settings = mysql.new_database()
    make_accounts(settings)
    yield settings
    mysql.drop(settings)


def test_partitions_that_are_new_start_at_their_earliest_record(
    tables: MysqlSettings, connection: Any
) -> None:
    ledger = Ledger(connection, "posts", tables)

    ledger.open(topic_states(earliest=5, latest=9))

    assert ledger.next_offsets == next_offsets(tables) == FRESH


def test_a_driver_goes_on_where_the_one_before_it_stood(
    tables: MysqlSettings, connection: Any
) -> None:
    first = Ledger(connection, "posts", tables)
    first.open(topic_states(earliest=5, latest=9))
    moved = {("posts", 1): 8}

    first.move(moved)
    before_commit = next_offsets(tables)
    connection.commit()
    first.moved(moved)
    second = Ledger(connection, "posts", tables)
    second.open(topic_states(earliest=5, latest=9))

    assert before_commit == FRESH
    assert (
        first.next_offsets
        == second.next_offsets
        == next_offsets(tables)
        == FRESH | {("posts", 1): 8}
    )
    assert set(ask(tables, "SELECT job, topic_id FROM ledger")) == {("posts", TOPIC_ID)}


def test_each_job_has_a_place_of_its_own(tables: MysqlSettings, connection: Any) -> None:
    posts, edits = (Ledger(connection, job, tables) for job in ("posts", "edits"))
    posts.open(topic_states(earliest=5, latest=9))

    edits.open(topic_states(earliest=7, latest=9))

    assert next_offsets(tables) == FRESH
    assert set(edits.next_offsets.values()) == {7}


def test_a_topic_made_anew_stops_the_job_and_the_ledger_stays(
    tables: MysqlSettings, connection: Any
) -> None:
    Ledger(connection, "posts", tables).open(topic_states(earliest=5, latest=9))

    with pytest.raises(TopicReplacedError, match=f"offsets of {TOPIC_ID}, the broker has An0ther"):
        Ledger(connection, "posts", tables).open(topic_states(topic_id="An0ther-0123456789abcd"))

    assert next_offsets(tables) == FRESH


@pytest.mark.parametrize(("earliest", "latest"), [(6, 9), (0, 4)])
def test_records_that_are_gone_or_never_were_stop_the_job_and_the_ledger_stays(
    tables: MysqlSettings, connection: Any, earliest: int, latest: int
) -> None:
    Ledger(connection, "posts", tables).open(topic_states(earliest=5, latest=9))

    with pytest.raises(
        GapError, match=f"posts/0: the ledger wants offset 5, the broker has {earliest} to {latest}"
    ):
        Ledger(connection, "posts", tables).open(topic_states(earliest=earliest, latest=latest))

    assert next_offsets(tables) == FRESH
