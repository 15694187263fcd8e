"""How Spark's executors write rows over JDBC: by the driver that suits the server."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from py4j.protocol import Py4JJavaError

from tidemark.errors import MysqlAwayError, RefusedError, StreamError, TidemarkError

_REFUSAL: Final = re.compile(r"(?:java\.sql|com\.mysql\.cj|org\.mariadb\.jdbc)\.\S*Exception: (.*)")
"""What a driver says, in its own exception or, of a task's, in the text of Spark's."""

_OF_ACCOUNT: Final = re.compile(
    r"Access denied|is locked|must reset your password|password has expired", re.IGNORECASE
)
_PASSING: Final = re.compile(
    r"ConnectionException|CommunicationsException|TransactionRollbackException|Connection refused|"
    r"Communications link failure|Socket error|Connection reset|Broken pipe|unexpected end of stream|"
    r"Connection is closed|Connection was killed|No operations allowed after connection closed|"
    r"Server shutdown in progress|Lock wait timeout|Deadlock found|Too many connections",
    re.IGNORECASE,
)
"""In what a driver raises where the server is away or a lock was: by its classes, or, of a batch,
by its words."""


@dataclass(frozen=True)
class Jdbc:
    """batch_rows go to the server at once; all of them are objects in the JVM until then, of 64 KiB
    and more each."""

    driver: str
    batch_rows: int
    properties: Mapping[str, str]

    def url(self, host: str, port: int, database: str) -> str:
        properties = "&".join(f"{name}={value}" for name, value in self.properties.items())
        return f"jdbc:mysql://{host}:{port}/{database}?{properties}"


MYSQL: Final = Jdbc(
    "com.mysql.cj.jdbc.Driver",
    # 10,000 would cost 2.5 times the JVM time: every bound value is an object until the batch is
    # sent.
    1_000,
    # One statement for many rows, sent as text: 65,000 posts/s, against 5,000 with Spark's JDBC
    # defaults.
    {
        "rewriteBatchedStatements": "true",
        "useServerPrepStmts": "false",
        "characterEncoding": "UTF-8",
        "connectionTimeZone": "UTC",
        "cacheServerConfiguration": "true",
        "useLocalSessionState": "true",
        "elideSetAutoCommits": "true",
        "maintainTimeStats": "false",
        "connectionAttributes": "none",
        "allowPublicKeyRetrieval": "true",
    },
)
MARIADB: Final = Jdbc(
    "org.mariadb.jdbc.Driver",
    1_000,
    # One prepared statement, and the cells of many rows as bytes (COM_STMT_BULK_EXECUTE): the
    # server parses no text. MySQL does not know that, and would get each row by itself.
    {
        "permitMysqlScheme": "true",
        "useBulkStmts": "true",
        "useServerPrepStmts": "true",
        "cachePrepStmts": "true",
        "connectionTimeZone": "UTC",
    },
)


def jdbc_of(connection: Any) -> Jdbc:
    """Return the driver that suits the server of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        (version,) = cursor.fetchone()
    return MARIADB if "MariaDB" in version else MYSQL


@contextmanager
def translate_jdbc_errors() -> Iterator[None]:
    """Raise an error of ours where the server refuses what Spark writes within; others pass as they
    are.

    Raises RefusedError where it refuses the account, MysqlAwayError what may pass, StreamError what
    may not.
    """
    try:
        yield
    except Py4JJavaError as error:
        text = error.java_exception.toString()
        if refusal := _REFUSAL.search(text):
            what = f"MySQL took no batch from Spark, and nothing of it is stored: {refusal[1]}"
            raise _meaning(text)(what) from error
        raise


def _meaning(text: str) -> type[TidemarkError]:
    if _OF_ACCOUNT.search(text):
        return RefusedError
    return MysqlAwayError if _PASSING.search(text) else StreamError
