"""The connection that a job merges on: made fit for it, and made fit again after MySQL failed in
passing."""

from collections.abc import Callable, Sequence
from typing import Any

from spark_jobs.adapters.broker import TopicState
from spark_jobs.merging.ledger import Ledger
from spark_jobs.merging.rejects import Rejects
from spark_jobs.merging.staging import Staging
from tidemark.contracts.tables import NEWEST_MIGRATION
from tidemark.errors import MigrationError, UnpreparedError


def prepare(connection: Any) -> None:
    """Make the connection fit to merge: a job holds it as long as it lives."""
    with connection.cursor() as cursor:
        # A merge reads its staging table without locking it row by row.
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # The lock is this connection's: it must outlive the quietest topic.
        cursor.execute("SET SESSION wait_timeout = 31536000")


def check_tables(connection: Any) -> None:
    """Raise UnpreparedError where the tables are older than the code, MigrationError where they are
    newer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(MAX(number), 0) FROM schema_migrations WHERE applied_at IS NOT NULL"
        )
        (found,) = cursor.fetchone()
    if found < NEWEST_MIGRATION:
        raise UnpreparedError(
            f"the tables are at migration {found}, and this Tidemark needs {NEWEST_MIGRATION}; run `tidemark prepare`"
        )
    if found > NEWEST_MIGRATION:
        raise MigrationError(
            f"the tables are at migration {found}, and this Tidemark knows {NEWEST_MIGRATION}: it is older than the "
            "tables; take the newer one"
        )


def recover(
    connection: Any,
    ledger: Ledger,
    staging: Staging,
    rejects: Rejects,
    topics: Callable[[], Sequence[TopicState]],
) -> None:
    """Undo what is open; where the connection is lost, connect again and take again all that was
    the connection's.

    The staging tables are still there, also after a restart of the server. Where a commit was done
    and its answer lost, the ledger says so now. Raises mysql.connector's errors as long as there is
    no server, and a FenceError where the ledger, the topics or another driver do not let this one
    go on.
    """
    if connection.is_connected():
        connection.rollback()
    else:
        _connect_again(connection, ledger, rejects, topics)
    staging.make_temporary()


def _connect_again(
    connection: Any, ledger: Ledger, rejects: Rejects, topics: Callable[[], Sequence[TopicState]]
) -> None:
    connection.connect()
    try:
        prepare(connection)
        ledger.lock()
        ledger.open(topics())
        rejects.open()
    except BaseException:
        # Left open, the next recovery would find it connected, and the job would merge on it
        # without the lock.
        connection.close()
        raise
