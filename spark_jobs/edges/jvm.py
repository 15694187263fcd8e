"""The JVM beside a driver, which may end before it."""

from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError, Py4JJavaError

from tidemark.errors import StreamError


@contextmanager
def living_jvm() -> Iterator[None]:
    """StreamError where the JVM ends within; what it answers itself is raised as it is."""
    try:
        yield
    except (Py4JError, ConnectionError) as error:
        if _is_answer(error):
            raise
        raise StreamError("Spark's JVM has ended; it may have been out of memory, or been killed") from error


def _is_answer(error: Exception) -> bool:
    """An answer is Java's exception, or its text after `Trace:` where there is no such method. Without either, Py4J
    found the connection closed, or it was reset amid a question."""
    return isinstance(error, Py4JJavaError) or ". Trace:\n" in str(error)
