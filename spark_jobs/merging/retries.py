"""Tries again what MySQL failed in passing: the one owner of retries of a job's work in MySQL.

What is tried again is behind the fence: where a commit was done and only its answer lost, the
ledger says so, and the batch is skipped.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from mysql.connector import Error as DatabaseError
from mysql.connector import InterfaceError, OperationalError, errorcode

from tidemark.errors import MysqlAwayError, StreamError

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 300.0
"""A server that is updated, or recovers from a crash, is back in that time."""
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 15.0

_NO_NUMBER: Final = -1
"""Of errors that the connector raises itself: of these two kinds where it finds that there is no
connection."""

_LOCKED: Final = frozenset({errorcode.ER_LOCK_DEADLOCK, errorcode.ER_LOCK_WAIT_TIMEOUT})
_MARIADB_CONNECTION_KILLED: Final = 1927
_AWAY: Final = frozenset(
    {
        _MARIADB_CONNECTION_KILLED,
        errorcode.CR_CONNECTION_ERROR,
        errorcode.CR_CONN_HOST_ERROR,
        errorcode.CR_SERVER_GONE_ERROR,
        errorcode.CR_SERVER_LOST,
        errorcode.CR_SERVER_LOST_EXTENDED,
        errorcode.ER_CON_COUNT_ERROR,
        errorcode.ER_SERVER_SHUTDOWN,
        errorcode.ER_QUERY_INTERRUPTED,
        errorcode.ER_NET_READ_ERROR,
        errorcode.ER_NET_READ_INTERRUPTED,
        errorcode.ER_NET_ERROR_ON_WRITE,
        errorcode.ER_NET_WRITE_INTERRUPTED,
        errorcode.ER_SESSION_WAS_KILLED,
        errorcode.ER_CLIENT_INTERACTION_TIMEOUT,
    }
)


def is_passing(error: Exception) -> bool:
    """Return whether the same work may succeed when it is done again, and nobody need do anything
    for it."""
    if isinstance(error, OperationalError | InterfaceError) and error.errno == _NO_NUMBER:
        return True
    if isinstance(error, DatabaseError):
        return error.errno in _LOCKED | _AWAY
    return isinstance(error, MysqlAwayError)


class Retries:
    """`stop` ends the waiting: what fails then is not tried again."""

    def __init__(self, stop: threading.Event, job: str, patience_s: float = PATIENCE_S) -> None:
        self._stop = stop
        self._job = job
        self._patience_s = patience_s

    def run(self, work: Callable[[], None], recover: Callable[[], None]) -> None:
        """Do the work; where it fails in passing, `recover` and do it again, for the patience and
        with longer waits.

        Raises what is not passing as it is, and StreamError where the patience is over.
        """
        began_s: float | None = None
        waits_s = _waits_s()
        while True:
            try:
                if began_s is not None:
                    recover()
                work()
            except (DatabaseError, MysqlAwayError) as error:
                if not is_passing(error) or self._stop.is_set():
                    raise
                if began_s is None:
                    began_s = time.monotonic()
                    self._log(error)
                self._wait_or_give_up(error, next(waits_s), began_s)
            else:
                break
        if began_s is not None:
            logger.info(
                "batch merged after retries",
                extra={"job": self._job, "after_s": round(time.monotonic() - began_s, 1)},
            )

    def _log(self, error: Exception) -> None:
        logger.warning(
            "transient MySQL error; retrying the batch",
            extra={"job": self._job, "for_s": self._patience_s, "error": error},
        )

    def _wait_or_give_up(self, error: Exception, wait_s: float, began_s: float) -> None:
        if time.monotonic() - began_s + wait_s > self._patience_s:
            raise StreamError(
                f"MySQL took no batch for {self._patience_s:.0f} s, and nothing of it is stored: {error}"
            ) from error
        if self._stop.wait(wait_s):
            raise error


def _waits_s() -> Iterator[float]:
    wait_s = FIRST_WAIT_S
    while True:
        yield wait_s
        wait_s = min(2 * wait_s, LONGEST_WAIT_S)
