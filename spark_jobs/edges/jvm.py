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
    except Py4JJavaError:
        raise
    except (Py4JError, ConnectionError) as error:
        # Py4J has an error of its own for a connection that it finds closed, and this bare one where it is reset amid
        # a question.
        raise StreamError("Spark's JVM has ended; it may have been out of memory, or been killed") from error
