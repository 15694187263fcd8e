"""Ports on loopback."""

import random
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"

# Below the range from which Linux takes the ports of outgoing connections: between our trying a
# port and the server's taking it, no client can sit down on it by chance.
_FIRST: Final = 20_000
_LAST: Final = 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen there now, tried by listening."""
    try:
        listen(port).close()
    except OSError:
        return False
    return True


def listen(port: int) -> socket.socket:
    """Take the port, as servers do; OSError where it is taken."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(1)
    except OSError:
        listener.close()
        raise
    return listener


def free_port() -> int:
    """A port that nobody listens on."""
    numbers = random.SystemRandom()
    while not is_free(port := numbers.randint(_FIRST, _LAST)):
        pass
    return port


def answers(port: int) -> bool:
    """Whether somebody takes connections there; says nothing about who."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
