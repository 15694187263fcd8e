"""A connection is made anew as a whole or not at all: what is half made again is not merged on."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from mysql.connector import DatabaseError

from spark_jobs.merging.connection import recover

PASSING = DatabaseError("Query execution was interrupted", errno=1317)


def lost_connection() -> MagicMock:
    """One that the server has closed, and that can be made and closed again."""
    connection, is_open = MagicMock(), [False]
    connection.is_connected.side_effect = lambda: is_open[0]
    connection.connect.side_effect = lambda: is_open.__setitem__(0, True)
    connection.close.side_effect = lambda: is_open.__setitem__(0, False)
    return connection


def failing_once(done: list[str], name: str, failing: set[str]) -> Callable[..., None]:
    def do(*_arguments: Any) -> None:
        if name in failing:
            failing.remove(name)
            raise PASSING
        done.append(name)

    return do


@pytest.mark.parametrize("step", ["lock", "open ledger", "open rejects"])
def test_a_recovery_that_fails_half_way_takes_the_lock_and_reads_the_ledger_the_next_time(
    step: str,
) -> None:
    done: list[str] = []
    failing = {step}
    ledger: Any = SimpleNamespace(
        topics=["posts"],
        lock=failing_once(done, "lock", failing),
        open=failing_once(done, "open ledger", failing),
    )
    broker: Any = SimpleNamespace(topics=list)
    rejects: Any = SimpleNamespace(open=failing_once(done, "open rejects", failing))
    staging: Any = SimpleNamespace(make_temporary=failing_once(done, "temporary tables", failing))
    connection = lost_connection()

    with pytest.raises(DatabaseError):
        recover(connection, broker, ledger, staging, rejects)
    done.clear()
    recover(connection, broker, ledger, staging, rejects)

    assert done == ["lock", "open ledger", "open rejects", "temporary tables"]
