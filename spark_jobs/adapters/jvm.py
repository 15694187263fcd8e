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
    """StreamError where the JVM ends within; what it answers itself is raised as it is."""
    try:
        yield
    except (Py4JError, ConnectionError) as error:
        if _is_answer(error):
            raise
        raise StreamError(
            "Spark's JVM has ended; it may have been out of memory, or been killed"
        ) from error


def _is_answer(error: Exception) -> bool:
    """An answer is Java's exception, or its text after `Trace:` where there is no such method.
    Without either, Py4J found the connection closed, or it was reset amid a question."""
    return isinstance(error, Py4JJavaError) or ". Trace:\n" in str(error)


def say_its_end_once() -> None:
    """Keep PySpark from printing the stack of a connection that ended with the JVM."""
    # It has a server, which the JVM tells what Python's tasks added up, and socketserver prints
    # what fails in it.
    for server in (accumulators.AccumulatorTCPServer, accumulators.AccumulatorUnixServer):
        server.handle_error = _log_failure


def _log_failure(_server: BaseServer, _request: Any, _client: Any) -> None:
    if not isinstance(sys.exception(), EOFError | ConnectionError):
        logger.error("PySpark failed to take what a task had added up", exc_info=True)
