"""The JVM beside a driver, which may end before it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import accumulators

from tidemark.errors import StreamError

logger = logging.getLogger(__name__)


@contextmanager
def living_jvm() -> Iterator[None]:
    """Raise StreamError where the JVM ends within; exceptions that it answers with pass as they
    are."""
    try:
        yield
    except (Py4JError, ConnectionError) as error:
        if _is_answer(error):
            raise
        raise StreamError(
            "Spark's JVM has ended; it may have been out of memory, or been killed"
        ) from error


def _is_answer(error: Exception) -> bool:
    """Return whether the JVM answered: with Java's exception, or with text after `Trace:` where
    there is no such method. Without either, Py4J found the connection closed or reset."""
    return isinstance(error, Py4JJavaError) or ". Trace:\n" in str(error)


def silence_jvm_exit() -> None:
    """Keep PySpark from printing the stack of a connection that ended with the JVM."""
    # Its accumulator server, to which the JVM sends the sums of Python's tasks, prints what fails
    # in it.
    for server in (accumulators.AccumulatorTCPServer, accumulators.AccumulatorUnixServer):
        server.handle_error = _log_failure


def _log_failure(_server: BaseServer, _request: Any, _client: Any) -> None:
    if not isinstance(sys.exception(), EOFError | ConnectionError):
        logger.error("PySpark failed to read the accumulators of a task", exc_info=True)
