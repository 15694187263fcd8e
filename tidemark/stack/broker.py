"""An administrator's connection to Kafka."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tidemark.errors import StackError, UnreachableError
from tidemark.settings import KafkaSettings, variable

CONNECT_TIMEOUT_S: Final = 5


@contextmanager
def administer(settings: KafkaSettings) -> Iterator[KafkaAdminClient]:
    """Yield an administrator; raise UnreachableError if no broker answers, StackError if one refuses."""
    addresses = settings.bootstrap.split(",")
    try:
        _knock(addresses)
        with _without_warnings("kafka"):
            client = _Administrator(
                bootstrap_servers=addresses, bootstrap_timeout_ms=CONNECT_TIMEOUT_S * 1000
            )
    except (OSError, KafkaError) as error:
        raise UnreachableError(
            f"Kafka at {settings.bootstrap} does not answer ({error}); is it running? "
            f"Check {variable('kafka', 'bootstrap')}"
        ) from error
    try:
        yield client
    except KafkaError as error:
        raise StackError(f"Kafka at {settings.bootstrap} answers, and refuses: {error}") from error
    finally:
        client.close()


class _Administrator(KafkaAdminClient):  # type: ignore[misc]  # kafka-python has no types
    """kafka-python's client, without the thread and sockets that it leaks if no broker answers."""

    def __init__(self, **config: Any) -> None:
        try:
            super().__init__(**config)
        except KafkaError:
            self._client.close()
            self._net.stop()
            raise


def _knock(addresses: list[str]) -> None:
    """Raise the OSError of the first address if none accepts a connection: kafka-python would leak sockets."""
    failures = []
    for address in addresses:
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), CONNECT_TIMEOUT_S).close()
        except ValueError:
            failures.append(OSError(f"{address!r} is not host:port"))
        except OSError as error:
            failures.append(error)
        else:
            return
    raise failures[0]


@contextmanager
def _without_warnings(logger_name: str) -> Iterator[None]:
    """Silence the client's warning about each attempt: one error reports that no broker answers."""
    logger = logging.getLogger(logger_name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
