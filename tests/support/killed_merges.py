"""Merges whose connection is killed before one of their statements, or after the last."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mysql.connector import Error as DatabaseError

from spark_jobs.merges.run import Run

Merge = Callable[[Run], None]

KILL = "KILL CONNECTION_ID()"
KILLED = r"Lost connection|was killed|interrupted"
"""What the error says that KILL raises."""


@dataclass
class KillingCursor:
    """A cursor that kills its connection before the statement of number `at`, from 0 on."""

    cursor: Any
    at: int
    executed: int = 0

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        """Execute the statement, or KILL."""
        is_reached = self.executed == self.at
        self.executed += 1
        if is_reached:
            self.cursor.execute(KILL)
        self.cursor.execute(sql, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)


def killed_at(merge: Merge, step: int) -> Merge:
    """Return `merge` that dies before its statement number `step`, or after the last; beyond that,
    it does not die."""

    def killed(run: Run) -> None:
        cursor = KillingCursor(run.cursor, step)
        merge(replace(run, cursor=cursor))
        if cursor.executed == step:
            run.cursor.execute(KILL)

    return killed


def is_killed(attempt: Callable[[], object]) -> bool:
    """Return whether its connection is killed in `attempt`."""
    try:
        attempt()
    except DatabaseError as error:
        if not re.search(KILLED, str(error)):
            raise
        return True
    return False
