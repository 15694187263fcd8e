"""The connection that a job merges on: prepared at the start, and recovered after MySQL failed in
passing."""

from typing import Any

from spark_jobs.merging.broker import Broker
from spark_jobs.merging.ledger import Ledger
from spark_jobs.merging.rejects import Rejects
from spark_jobs.merging.staging import Staging
from tidemark.contracts.tables import NEWEST_MIGRATION
from tidemark.errors import MigrationError, UnpreparedError


def prepare(connection: Any) -> None:
    """Set up the session of a connection that merges, and that a job keeps as long as it runs."""
    with connection.cursor() as cursor:
        # A merge reads its staging table without locking it row by row.
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        # A merge joins the hashtags of a row, up to 64 of 255 characters; MySQL cuts off after 1,024
        # bytes.
        cursor.execute("SET SESSION group_concat_max_len = 1000000")
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
    connection: Any, broker: Broker, ledger: Ledger, staging: Staging, rejects: Rejects
) -> None:
    """Roll back what is open; where the connection is lost, connect again and take the lock again.

    The staging tables are still there, also after a restart of the server. Where a commit was done
    and its answer lost, the ledger says so now. Raises mysql.connector's errors as long as there is
    no server, and a FenceError where the ledger, the topics or another driver do not let this one
    continue.
    """
    if connection.is_connected():
        connection.rollback()
    else:
        _reconnect(connection, broker, ledger, rejects)
    staging.make_temporary()


def _reconnect(connection: Any, broker: Broker, ledger: Ledger, rejects: Rejects) -> None:
    connection.connect()
    try:
        prepare(connection)
        ledger.lock()
        ledger.open(broker.topics(ledger.topics))
        rejects.open()
    except BaseException:
        # Left open, the next recovery would find it connected, and the job would merge on it
        # without the lock.
        connection.close()
        raise
