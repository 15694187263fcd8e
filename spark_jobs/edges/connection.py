"""The connection that a job merges on: made fit for it, and made fit again after MySQL failed in passing."""

from collections.abc import Callable, Sequence
from typing import Any

from spark_jobs.edges.broker import TopicState
from spark_jobs.edges.ledger import Ledger
from spark_jobs.edges.rejects import Rejects
from spark_jobs.edges.staging import Staging


def prepare(connection: Any) -> None:
    """Make the connection fit to merge: a job holds it as long as it lives."""
    with connection.cursor() as cursor:
        # A merge reads its staging table without locking it row by row.
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # The lock is this connection's: it must outlive the quietest topic.
        cursor.execute("SET SESSION wait_timeout = 31536000")


def recover(
    connection: Any, ledger: Ledger, staging: Staging, rejects: Rejects, topics: Callable[[], Sequence[TopicState]]
) -> None:
    """Undo what is open; where the connection is lost, connect again and take again all that was the connection's.

    The staging tables are still there, also after a restart of the server. Where a commit was done and its answer lost,
    the ledger says so now. Raises mysql.connector's errors as long as there is no server, and a FenceError where the
    ledger, the topics or another driver do not let this one go on.
    """
    if connection.is_connected():
        connection.rollback()
    else:
        connection.connect()
        prepare(connection)
        ledger.lock()
        ledger.open(topics())
        rejects.open()
    staging.make_temporary()
